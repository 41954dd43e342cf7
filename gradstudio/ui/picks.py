"""Lists to pick from: every action of the menus, gates that may take a node's place, colours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from gradstudio.document.exposing import expose, hidden_ports
from gradstudio.document.model import COLORS
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Gate
from gradstudio.ui.canvas import dressing
from gradstudio.ui.canvas.groups import meant_groups
from gradstudio.ui.canvas.view import CanvasView
from gradstudio.ui.canvasactions import COLOR_TITLES
from gradstudio.ui.quickpick import Pick
from gradstudio.ui.spec import say

BETWEEN = " › "


def menu_picks(bar: QMenuBar) -> list[Pick]:
    """Everything that can be done now, with the menus it is in; what lies deeper than a menu says where."""
    picks: list[Pick] = []
    for action in bar.actions():
        menu = action.menu()
        if isinstance(menu, QMenu):
            _collect(menu, (), picks)
    return picks


def _collect(menu: QMenu, path: tuple[str, ...], picks: list[Pick]) -> None:
    menu.aboutToShow.emit()
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            _collect(inner, (*path, _plain(action.text())), picks)
        elif action.isEnabled() and not action.isSeparator() and action.objectName() != "action.find":
            picks.append(_pick(action, path))


def _pick(action: QAction, path: tuple[str, ...]) -> Pick:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    title = BETWEEN.join((*path, _plain(action.text())))
    if action.isCheckable():
        title = f"{title} ✓" if action.isChecked() else title
    return Pick(title, action.trigger, keys, help=action.toolTip())


def _plain(title: str) -> str:
    return title.replace("&", "")


def replace_picks(view: CanvasView) -> list[Pick]:
    """The gates that may take the place of the selected nodes: those of as many inputs first."""
    document = view.studio.document
    nodes = [document.nodes[i] for i in view.studio.selection()[0]]
    present = {node.kind.id for node in nodes if node.known}
    inputs = {len(node.input_ports()) for node in nodes}
    category = {node.kind.category for node in nodes if node.known}
    gates = [gate for gate in CATALOG if present != {gate.id}]
    gates.sort(key=lambda gate: (gate.category not in category, len(gate.inputs) not in inputs))

    def run(gate_id: str) -> Callable[[], None]:
        return partial(dressing.replace_gate, view, gate_id)

    colors = view.studio.theme.category

    def pick(gate: type[Gate]) -> Pick:
        words = (gate.symbol, gate.id, *gate.keywords)
        return Pick(gate.title, run(gate.id), gate.category.value, colors[gate.category], words, gate.help)

    return [pick(gate) for gate in gates]


def expose_picks(view: CanvasView) -> list[Pick]:
    """The ports that the selected group could show besides: inputs, then outputs."""
    document, theme = view.studio.document, view.studio.theme
    found = meant_groups(view) or (() if view.studio.stage.inside is None else (view.studio.stage.inside,))
    if not found:
        return []
    group, picks = found[0], []
    for output in (False, True):
        aside = say("output") if output else say("input")
        for node, port in hidden_ports(document, group, output=output):
            make = partial(expose, document, group, node, port, output=output)
            record = document.nodes[node]
            color = theme.category[record.kind.category] if record.known else theme.text_faint
            picks.append(Pick(f"{record.name}.{port}", partial(view.studio.do, make), aside, color))
    return picks


def color_picks(view: CanvasView) -> list[Pick]:
    """The colours a node may be painted in, and none."""
    theme = view.studio.theme
    picks = [
        Pick(_plain(say(COLOR_TITLES[name])), partial(dressing.paint, view, name), "", theme.tag[name])
        for name in COLORS
    ]
    return [*picks, Pick(_plain(say("&No colour")), partial(dressing.paint, view, ""))]
