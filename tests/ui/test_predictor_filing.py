"""Export predictor, from the menu: a script that runs, or a sentence that says why there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from gradstudio.ui.window import MainWindow
from tests.insight.classifiers import answered, digits
from tests.training.networks import spiral


@pytest.fixture(autouse=True)
def _data() -> Iterator[None]:
    """Data nodes are answered."""
    with answered():
        yield


def chosen(window: MainWindow, path: Path) -> None:
    """Takes a file in the dialog that the menu opens."""
    window.actions_by_id["export_predictor"].trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.reject()


def test_the_script_answers(make_window: Callable[..., MainWindow], tmp_path: Path, hand: Any, qtbot: Any) -> None:
    """File ▸ Export predictor writes what the window has learned: the script tells most digits right."""
    window = make_window(digits(steps=80, batch_size=50))
    window.studio.train()
    hand(window).settle()
    chosen(window, tmp_path / "tell.py")
    qtbot.waitUntil(lambda: "Predictor saved as tell.py and tell.npz" in window.toast.text)
    source = np.load(Path(__file__).parents[2] / "resources" / "data" / "digits.npz")
    names = [name for name in source.files if source[name].ndim == 3]
    truth = next(source[name] for name in source.files if source[name].ndim == 1)
    np.savez(tmp_path / "rows.npz", **{names[0]: source[names[0]][:100]})
    command = [sys.executable, str(tmp_path / "tell.py"), str(tmp_path / "rows.npz")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[1:]
    right = [line.partition(",")[0] == str(label) for line, label in zip(told, truth[:100].tolist(), strict=True)]
    assert sum(right) > 85


def test_what_is_no_predictor_is_told(make_window: Callable[..., MainWindow], tmp_path: Path, qtbot: Any) -> None:
    """A network without data of a file is refused in a sentence, and no file is written."""
    window = make_window(spiral())
    chosen(window, tmp_path / "tell.py")
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "refusal") is not None)
    box = window.findChild(QMessageBox, "refusal")
    assert box is not None
    assert "learns from no file" in box.informativeText()
    box.reject()
    assert not list(tmp_path.iterdir())
