"""The gates of the tests of the file are known while they run."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from gradstudio.engine.catalog import CATALOG
from tests.files.networks import GATES


@pytest.fixture(autouse=True, scope="module")
def known_gates() -> Iterator[None]:
    """Value, Plus, Total and Layer are in the catalogue."""
    with ExitStack() as stack:
        for gate in GATES:
            stack.enter_context(CATALOG.including(gate))
        yield
