"""Files of version 1, kept as they were first written: whoever changes the format sees it here."""

from pathlib import Path

import pytest

from gradstudio import files
from tests.files.networks import assert_same, example

GOLDEN = Path(__file__).parent / "golden"
ADVICE = "the format changed: raise VERSION, keep reading the old one, and add a new golden file"


@pytest.mark.parametrize("name", ["version1.grad", "version1.grad.json"])
def test_old_files_are_read(name):
    """A file of version 1 gives the document it was made of, for ever."""
    assert_same(files.read(GOLDEN / name), example())


@pytest.mark.parametrize(("name", "dumps"), [("version1.grad", files.dumps), ("version1.grad.json", files.dumps_text)])
def test_the_same_bytes_are_written(name, dumps):
    """The document makes the bytes it made when version 1 was laid down."""
    assert dumps(example()) == (GOLDEN / name).read_bytes(), ADVICE
