"""Going somewhere in a window: to a node on the canvas, to a param's field, to a dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from gradstudio.document.model import NodeId
from gradstudio.ui.inspector.node import NodePage
from gradstudio.ui.inspector.parts import Section

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gradstudio.ui.window import MainWindow

_BY_KEY = Qt.FocusReason.ShortcutFocusReason


def to_dock(window: MainWindow, name: str) -> QWidget:
    """Show a dock, make its content, and go to it; returns the content."""
    dock = window.docks[name]
    dock.show()
    dock.raise_()
    dock.load()
    content = dock.widget()
    content.setFocus(_BY_KEY)
    return content


def to_samples(window: MainWindow, part: str, true: int, said: int) -> None:
    """Show the samples of a class that were taken for another, in the panel of predictions."""
    from gradstudio.ui.panels.predictions import PredictionsPanel

    panel = to_dock(window, "predictions")
    if isinstance(panel, PredictionsPanel):
        panel.show_cell(part, true, said)


def to_node(window: MainWindow, node: NodeId) -> None:
    """Select a node, wherever it is, and bring it to the middle of the canvas."""
    if node in window.studio.document.nodes:
        window.canvas.reveal(node)
        window.studio.select((node,))
        window.canvas.center_on(node)
        window.canvas.setFocus(Qt.FocusReason.OtherFocusReason)


def to_param(window: MainWindow, node: NodeId, param: str) -> None:
    """Select a node and go to the field of one of its params in the inspector."""
    to_node(window, node)
    dock = window.docks["inspector"]
    dock.show()
    dock.raise_()
    page = window.inspector.page
    if isinstance(page, NodePage) and param in page.form.fields:
        editor = page.form.fields[param].editor
        _unfold(editor)
        editor.setFocus(_BY_KEY)


def _unfold(widget: QWidget) -> None:
    """Open the folded sections a widget lies in."""
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, Section) and around.button is not None:
            around.button.setChecked(True)
        around = around.parentWidget()
