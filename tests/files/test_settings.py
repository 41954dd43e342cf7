"""Settings of later days in files: written where they differ, read strictly."""

from dataclasses import replace

import pytest

from gradstudio import files
from gradstudio.document.model import Patch
from tests.training.networks import spiral


def test_settings_are_kept() -> None:
    """Schedule, warm-up, clipping and weight decay come back from both forms of a file."""
    document = spiral()
    settings = replace(
        document.settings, optimizer="adamw", schedule="one-cycle", period=500, factor=0.9, warmup=20,
        clip_norm=1.0, clip_value=0.5, weight_decay=0.01,
    )  # fmt: skip
    document.apply(Patch("Set", settings=settings))
    assert files.loads(files.dumps(document)).settings == settings
    assert files.loads_text(files.dumps_text(document)).settings == settings


def test_usual_settings_leave_no_trace() -> None:
    """A network that doesn't use them is written as it was before they existed."""
    assert b"schedule" not in files.dumps_text(spiral())


@pytest.mark.parametrize("wrong", ['"schedule":"moon"', '"factor":0.0', '"weight_decay":-1.0', '"clip_norm":0.0'])
def test_wrong_settings_are_refused(wrong: str) -> None:
    """A schedule nobody knows and numbers out of range are refused, and the place is named."""
    text = files.dumps_text(spiral()).decode()
    assert '"objective":null' in text
    with pytest.raises(files.FileProblem, match="settings"):
        files.loads_text(text.replace('"objective":null', f'"objective":null,{wrong}').encode())
