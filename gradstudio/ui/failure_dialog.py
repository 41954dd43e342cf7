"""The dialog that tells of a failure: what happened, saving a copy, copying the details."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable

import numpy as np
import PySide6
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gradstudio import __version__
from gradstudio.ui.failures import Failure, FailureWatch
from gradstudio.ui.inspector.parts import label
from gradstudio.ui.theme import mono_font


class FailureDialog(QDialog):
    """Tells of one failure after the other, one at a time and without stopping the window."""

    def __init__(self, watch: FailureWatch, save_copy: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong"))
        self.setObjectName("failure")
        self.setMinimumWidth(560)
        self._waiting: list[Failure] = []
        self.shown: Failure | None = None
        self._save_copy = save_copy
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 16)
        box.setSpacing(10)
        self.headline = label(role="title")
        self.sentence = label(mono=True)
        self.advice = label(
            self.tr(
                "This is a fault in GradStudio, not in your network. Your network is still open: save a copy of it, "
                "then go on or start again. If it comes back, send us the details."
            ),
            "dim",
        )
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setFont(mono_font(11))
        self.details.setMinimumHeight(170)
        for part in (self.headline, self.sentence, self.advice, self.details):
            box.addWidget(part)
        box.addLayout(self._buttons())
        watch.failed.connect(self.tell)

    def tell(self, failure: Failure) -> None:
        """Show this failure, after those that wait already."""
        if self.isVisible():
            self._waiting.append(failure)
        else:
            self._show_failure(failure)

    def _show_failure(self, failure: Failure) -> None:
        self.shown = failure
        self.headline.setText(self.tr("Something went wrong {}").format(failure.task).rstrip())
        self.sentence.setText(failure.sentence)
        self.details.setPlainText(f"{failure.details}\n{_versions()}")
        self.open()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.save_button = QPushButton(self.tr("Save a copy…"))
        self.copy_button = QPushButton(self.tr("Copy details"))
        standard = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.save_button.clicked.connect(self._save)
        self.copy_button.clicked.connect(self._copy)
        standard.rejected.connect(self.reject)
        row.addWidget(self.save_button)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        row.addWidget(standard)
        return row

    def _save(self) -> None:
        self._save_copy()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.sentence.text()}\n{self.details.toPlainText()}")

    def done(self, result: int) -> None:
        """Go on with the next failure that waits."""
        super().done(result)
        if self._waiting:
            self._show_failure(self._waiting.pop(0))


def _versions() -> str:
    python = sys.version.split()[0]
    return (
        f"GradStudio {__version__}, Python {python}, PySide6 {PySide6.__version__}, "
        f"numpy {np.__version__}, {platform.platform()}"
    )
