"""The Help menu: gates, keys, about."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np
import PySide6
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from gradstudio import __version__
from gradstudio.engine.gate import Category, Gate
from gradstudio.ui.actions import MENUS, SPECS, shown_keys
from gradstudio.ui.dialogs.gestures import BUILDING, GROUPING
from gradstudio.ui.inspector.formula import FormulaView
from gradstudio.ui.inspector.parts import Chip, Section, label
from gradstudio.ui.inspector.properties import title_of
from gradstudio.ui.palette import Palette
from gradstudio.ui.shelves import Shelves
from gradstudio.ui.spec import ids_in, say
from gradstudio.ui.texts import as_typed

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow

GESTURES = (
    ("Double-click a node", "Edit its value, or its name by the header"),
    ("Wheel", "Zoom to the mouse"),
    ("Middle button, or Space and left button", "Pan"),
    (
        "Drag over empty canvas",
        "Select with a rubber band: Shift adds, Ctrl takes away, Alt takes only what it holds whole",
    ),
    ("Drag nodes", "Move them; they come into line with others and to the grid, with Ctrl they go anywhere"),
    ("Arrows", "Move the selection by a grid step; with Shift by five"),
    ("Ctrl and arrows", "Walk along wires and to the next node; with Shift add to the selection"),
    ("Shift and Tab", "Leave the canvas for what is before it"),
    ("A digit with a constant selected", "Type its value"),
    ("Escape", "Cancel what the mouse is doing; deselect"),
    ("Shift and F1", "Say what the panel is for that has the keyboard; so does its title under the mouse"),
    ("↑ and ↓ in a number field", "Change the last digit; with Shift by ten"),
)


class Help(QObject):
    """The window's help commands."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def gates(self, gate_id: str = "") -> GateHelp:
        """Everything about every gate, beginning with this one or the selected one's."""
        nodes = self._window.studio.selection()[0]
        if not gate_id and nodes:
            gate_id = self._window.studio.document.nodes[nodes[0]].gate
        dialog = GateHelp(self._window, gate_id)
        dialog.open()
        return dialog

    def keys(self) -> QDialog:
        """All keys and gestures."""
        dialog = _dialog(self._window, self.tr("Keys and mouse"), "keys")
        dialog.resize(640, 600)
        page = QTextBrowser()
        page.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        page.setHtml(_keys_page())
        page.setStyleSheet("QTextBrowser { background: transparent; border: none; padding: 0; }")
        page.setAccessibleName(dialog.windowTitle())
        _finish(dialog, page)
        return dialog

    def about(self) -> QDialog:
        """What this is."""
        dialog = _dialog(self._window, self.tr("About GradStudio"), "about")
        text = QLabel(
            f"<p style='font-size: 18px'><b>GradStudio {__version__}</b></p>"
            f"<p>{html.escape(self.tr('Build computational graphs by drag and drop and see backpropagation happen.'))}"
            f"</p><p>Python · PySide6 {PySide6.__version__} · numpy {np.__version__}</p>"
            f"<p>{html.escape(self.tr('Free software under the MIT licence.'))}</p>"
        )
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setMinimumWidth(380)
        _finish(dialog, text)
        return dialog


class GateHelp(QDialog):
    """The palette at the left, everything about the chosen gate at the right."""

    def __init__(self, window: MainWindow, gate_id: str) -> None:
        super().__init__(window)
        self.setObjectName("gates")
        self.setWindowTitle(self.tr("Gates"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(860, 620)
        self._theme = window.studio.theme
        self.palette_ = Palette(window.studio, shelves=Shelves(full=[shelf.name for shelf in Category]))
        self.page = QScrollArea()
        self.page.setAccessibleName(self.tr("About the gate"))
        self.page.setWidgetResizable(True)
        split = QSplitter()
        split.addWidget(self.palette_)
        split.addWidget(self.page)
        split.setSizes([230, 630])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split)
        self.palette_.list.selectionModel().currentChanged.connect(self._chosen)
        self.palette_.list.setCurrentIndex(self.palette_.model.index(1))
        self.palette_.reveal(gate_id)

    def done(self, result: int) -> None:
        """Let the catalogue go."""
        self.palette_.close_down()
        super().done(result)

    def _chosen(self, *_: object) -> None:
        gate = self.palette_.model.gate(self.palette_.list.currentIndex())
        if gate is not None:
            self.page.setWidget(self._gate_page(gate))

    def _gate_page(self, gate: type[Gate]) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(26, 22, 26, 22)
        box.setSpacing(12)
        box.addWidget(Chip(gate.title, gate.category.value, self._theme.category[gate.category]))
        if gate.formula:
            box.addWidget(FormulaView(gate.formula, self._theme))
        box.addWidget(label(gate.help, "dim"))
        if gate.rule:
            box.addWidget(label(gate.rule))
        sections = (
            (self.tr("Inputs"), [(port.name, port.help) for port in gate.inputs]),
            (self.tr("Outputs"), [(port.name, port.help) for port in gate.outputs]),
            (self.tr("Weights"), [(weight.name, weight.help) for weight in gate.weights]),
            (self.tr("Parameters"), _param_lines(gate)),
        )
        for title, lines in sections:
            if lines:
                section = Section(title, self._theme)
                section.add(_definitions(lines))
                box.addWidget(section)
        box.addStretch(1)
        return page


def _param_lines(gate: type[Gate]) -> list[tuple[str, str]]:
    return [
        (title_of(name, param), f"{param.help} {say('Default')}: {as_typed(param.default) or say('not set')}.")
        for name, param in gate.params.items()
    ]


def _definitions(lines: list[tuple[str, str]]) -> QWidget:
    """Names at the left, what they mean at the right."""
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(6)
    grid.setColumnMinimumWidth(0, 110)
    grid.setColumnStretch(1, 1)
    for row, (name, meaning) in enumerate(lines):
        grid.addWidget(label(name, wrap=False), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(meaning, "dim"), row, 1)
    return table


def _keys_page() -> str:
    specs = {spec.id: spec for spec in SPECS}
    rows = []
    for title, ids in MENUS:
        known = [specs[i] for i in ids_in(ids) if shown_keys(specs[i])]
        if known:
            rows.append(_heading(say(title).replace("&", "")))
        rows += [_row(", ".join(shown_keys(spec)), say(spec.title).replace("&", "")) for spec in known]
    rows.append(_heading(say("Building")))
    rows += [_row(say(what), say(does)) for what, does in BUILDING]
    rows.append(_heading(say("Groups, frames and comments")))
    rows += [_row(say(what), say(does)) for what, does in GROUPING]
    rows.append(_heading(say("Mouse and fields")))
    rows += [_row(say(what), say(does)) for what, does in GESTURES]
    return f"<table cellspacing='0' cellpadding='5'>{''.join(rows)}</table>"


def _heading(text: str) -> str:
    return f"<tr><td colspan='2' style='padding-top: 16px'><b>{html.escape(text)}</b></td></tr>"


def _row(left: str, right: str) -> str:
    return f"<tr><td width='250'>{html.escape(left)}</td><td>{html.escape(right)}</td></tr>"


def _dialog(window: MainWindow, title: str, name: str) -> QDialog:
    dialog = QDialog(window)
    dialog.setObjectName(name)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def _finish(dialog: QDialog, page: QWidget) -> None:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    row = QHBoxLayout()
    row.addWidget(page)
    box = QVBoxLayout(dialog)
    box.setContentsMargins(20, 18, 20, 16)
    box.addLayout(row)
    box.addWidget(buttons)
    dialog.open()
