"""The form of the health panel's limits: from where on something is an illness."""

from __future__ import annotations

from dataclasses import fields

from PySide6.QtCore import Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from gradstudio.insight.health import Thresholds

LEAST, MOST = 1e-12, 1e12


class LimitsDialog(QDialog):
    """A field for each limit; wrong numbers can't be accepted, and the defaults can be had back.

    Args:
        now: limits in force.
    """

    chosen = Signal(object)
    """The `Thresholds` that were accepted."""

    def __init__(self, now: Thresholds, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Limits of health"))
        self.setObjectName("dialog.limits")
        self.fields = {f.name: QLineEdit() for f in fields(Thresholds)}
        form = QFormLayout()
        for f in fields(Thresholds):
            editor = self.fields[f.name]
            editor.setValidator(QDoubleValidator(LEAST, MOST, 12, editor))
            editor.setMaximumWidth(110)
            editor.setToolTip(f.metadata["help"])
            editor.setAccessibleName(f.name.replace("_", " "))
            editor.setAccessibleDescription(f.metadata["help"])
            editor.textChanged.connect(self._judge)
            form.addRow(self._label(f.metadata["help"], editor), editor)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.RestoreDefaults
        )
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        restore = self.buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        restore.clicked.connect(lambda *_: self.show_limits(Thresholds()))
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.buttons)
        self.show_limits(now)

    def show_limits(self, limits: Thresholds) -> None:
        """Put these into the fields."""
        for name, editor in self.fields.items():
            editor.setText(f"{getattr(limits, name):g}")

    def _label(self, text: str, editor: QLineEdit) -> QLabel:
        label = QLabel(text)
        label.setBuddy(editor)
        return label

    def _judge(self) -> None:
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok) if hasattr(self, "buttons") else None
        if ok is not None:
            ok.setEnabled(all(editor.hasAcceptableInput() for editor in self.fields.values()))

    def _accept(self) -> None:
        self.chosen.emit(Thresholds.of({name: float(editor.text()) for name, editor in self.fields.items()}))
        self.accept()
