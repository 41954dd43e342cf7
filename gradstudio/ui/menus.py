"""The menus of the window, made of the declared actions, and the context menu of the canvas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar

from gradstudio.ui.actions import MENUS
from gradstudio.ui.blocks import Block
from gradstudio.ui.canvas import rewires
from gradstudio.ui.canvas.scene import Hit, Part
from gradstudio.ui.canvas.wanted import Wanted
from gradstudio.ui.canvasactions import ARRANGE, COLOR, SELECT
from gradstudio.ui.filing import examples
from gradstudio.ui.groupactions import GROUPS, ON_GROUP
from gradstudio.ui.sheetactions import LAYER, SHEET
from gradstudio.ui.spec import Entries, say

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow

Special: TypeAlias = "Callable[[MainWindow, QMenu], None]"
THEMES = (("system", "As the system"), ("dark", "Dark"), ("light", "Light"), ("contrast", "High contrast"))
ON_CANVAS: Entries = (
    "paste", ("&Select", SELECT), "-", "find_node", "find_gate", "-", "frame", "comment", "insert_block",
    "leave_group", "-", ("&Arrange", ARRANGE), "-", "fit", "back", "forward",
)  # fmt: skip
ON_WIRE: Entries = ("straighten", "-", *SHEET, "-", "ask_gradient", "ask_value", "-", "delete")
ON_AREA: Entries = ("rename", ("&Colour", COLOR), "-", "cut", "copy", "duplicate", "delete")
ON_BOX: Entries = (
    *ON_GROUP, "close_layer", "-", ("&Colour", COLOR), "mute", "freeze", "-", "unwire", "cut", "copy", "duplicate",
    "duplicate_fed", "delete", "-", ("&Select", SELECT), ("&Arrange", ARRANGE),
)  # fmt: skip
ON_BORDER: Entries = ("expose", "leave_group")
ON_NODE: Entries = (
    "connect", "join", "take_out", "unwire", "-", "rename", "note", ("&Colour", COLOR), "mute", "freeze", "replace",
    "-", "cut", "copy", "duplicate", "duplicate_fed", "delete", "-", ("&Select", SELECT), ("&Arrange", ARRANGE),
    *LAYER, ("Gr&oups", GROUPS), "-", *SHEET, "ask_gradient", "ask_value", "-", "minimise",
    "-", "gate_help",
)  # fmt: skip

ENTRIES: Mapping[Part, Entries] = {
    Part.EMPTY: ON_CANVAS, Part.WIRE: ON_WIRE, Part.DOT: ON_WIRE, Part.GROUP: ON_BOX, Part.AREA: ON_AREA,
    Part.BORDER: ON_BORDER,
}  # fmt: skip
"""What can be done with what was clicked; with nodes and their ports, `ON_NODE`."""


def make_menus(window: MainWindow) -> QMenuBar:
    """The menu bar."""
    bar = QMenuBar()
    special = {
        ">examples": _examples, ">recent": _recent, ">theme": _themes, ">docks": _docks, ">minimap": _minimap,
        ">windows": _windows,
    }  # fmt: skip
    for title, names in MENUS:
        menu = bar.addMenu(say(title))
        menu.setToolTipsVisible(True)
        _fill(window, menu, names, special)
    return bar


def _fill(window: MainWindow, menu: QMenu, entries: Entries, special: Mapping[str, Special]) -> None:
    """Put actions, lines and submenus into a menu."""
    for entry in entries:
        if not isinstance(entry, str):
            inner = menu.addMenu(say(entry[0]))
            inner.setToolTipsVisible(True)
            _fill(window, inner, entry[1], special)
        elif entry in special:
            special[entry](window, menu)
        else:
            _add(window, menu, entry)


def show_context_menu(window: MainWindow, hit: Hit, at: QPoint) -> QMenu:
    """What can be done with what was clicked on the canvas."""
    menu = QMenu(window)
    menu.setObjectName("canvas.menu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    place = window.canvas.to_scene(QPointF(window.canvas.mapFromGlobal(at)))
    if hit.part is Part.EMPTY:
        menu.addAction(say("Add gate…"), lambda: window.pick_gate(Wanted(place)))
    elif hit.part is Part.WIRE:
        menu.addAction(say("Insert gate…"), lambda: window.pick_gate(Wanted(place, wire=hit.wire)))
        menu.addAction(say("Add dot here"), lambda: rewires.add_dot_at(window.canvas, hit.wire, place))
    elif hit.part is Part.DOT:
        menu.addAction(say("Remove dot"), lambda: rewires.remove_dot(window.canvas, (hit.wire, hit.index)))
    for name in ENTRIES.get(hit.part, ON_NODE):
        _fill(window, menu, (name,), {})
    menu.popup(at)
    return menu


def show_block_menu(window: MainWindow, block: Block, at: QPoint) -> QMenu:
    """What can be done with a block of the palette."""
    menu = QMenu(window)
    menu.setObjectName("block.menu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addAction(say("Add to the network"), lambda: window.block_files.place(block))
    menu.addAction(say("Open as a network"), lambda: window.block_files.open(block))
    menu.addSeparator()
    menu.addAction(say("Delete…"), lambda: window.block_files.delete(block))
    menu.popup(at)
    return menu


def _add(window: MainWindow, menu: QMenu, name: str) -> None:
    if name == "-":
        menu.addSeparator()
    else:
        menu.addAction(window.actions_by_id[name])


def _examples(window: MainWindow, parent: QMenu) -> None:
    menu = parent.addMenu(say("Open &example"))
    menu.setToolTipsVisible(True)

    def opener(path: Path) -> None:
        window.files.open_example(path)

    for title, description, path in examples():
        menu.addAction(title, partial(opener, path)).setToolTip(description)
    menu.setEnabled(not menu.isEmpty())


def _recent(window: MainWindow, parent: QMenu) -> None:
    menu = parent.addMenu(say("Open &recent"))
    menu.setToolTipsVisible(True)

    def fill() -> None:
        menu.clear()
        for path in window.preferences.recent:
            menu.addAction(path.name, partial(window.files.open_path, path)).setToolTip(str(path))
        if menu.isEmpty():
            menu.addAction(say("Nothing yet")).setEnabled(False)
        else:
            menu.addSeparator()
            menu.addAction(say("Forget these"), window.preferences.clear_recent)

    menu.aboutToShow.connect(fill)


def _themes(window: MainWindow, parent: QMenu) -> None:
    menu = parent.addMenu(say("&Theme"))
    group = QActionGroup(menu)
    for name, title in THEMES:
        action = menu.addAction(say(title), partial(window.choose_theme, name))
        action.setCheckable(True)
        action.setData(name)
        group.addAction(action)

    def check() -> None:
        for action in group.actions():
            action.setChecked(action.data() == window.preferences.theme)

    menu.aboutToShow.connect(check)
    check()


def _docks(window: MainWindow, parent: QMenu) -> None:
    menu = parent.addMenu(say("&Panels"))
    for dock in window.docks.by_name.values():
        menu.addAction(dock.toggleViewAction())


def _windows(window: MainWindow, menu: QMenu) -> None:
    """All windows by name, the present one checked."""
    group = QActionGroup(menu)
    line = menu.addSeparator()

    def fill() -> None:
        for action in group.actions():
            group.removeAction(action)
            menu.removeAction(action)
            action.deleteLater()
        for other in window.windows.all:
            action = menu.addAction(f"{other.studio.name}{'*' if other.studio.modified else ''}", other.bring_forward)
            action.setCheckable(True)
            action.setChecked(other is window)
            group.addAction(action)
        line.setVisible(bool(group.actions()))

    menu.aboutToShow.connect(fill)


def _minimap(window: MainWindow, parent: QMenu) -> None:
    action = parent.addAction(say("&Minimap"))
    action.setCheckable(True)
    action.setChecked(True)
    action.toggled.connect(window.canvas.set_minimap_visible)
