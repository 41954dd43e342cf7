"""The menus of the window, made of the declared actions, and the context menu of the canvas."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar

from gradstudio.ui.actions import MENUS, say
from gradstudio.ui.canvas.scene import Hit, Part
from gradstudio.ui.filing import examples

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow

THEMES = (("system", "As the system"), ("dark", "Dark"), ("light", "Light"))
ON_CANVAS = ("paste", "select_all", "-", "find_gate", "-", "fit")
ON_WIRE = ("delete",)
ON_NODE = ("connect", "rename", "duplicate", "copy", "cut", "delete", "-", "minimise", "-", "gate_help")


def make_menus(window: MainWindow) -> QMenuBar:
    """The menu bar."""
    bar = QMenuBar()
    special = {">examples": _examples, ">recent": _recent, ">theme": _themes, ">docks": _docks, ">minimap": _minimap}
    for title, names in MENUS:
        menu = bar.addMenu(say(title))
        menu.setToolTipsVisible(True)
        for name in names:
            if name in special:
                special[name](window, menu)
            else:
                _add(window, menu, name)
    return bar


def show_context_menu(window: MainWindow, hit: Hit, at: QPoint) -> QMenu:
    """What can be done with what was clicked on the canvas."""
    menu = QMenu(window)
    menu.setObjectName("canvas.menu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if hit.part is Part.EMPTY:
        place = window.canvas.to_scene(QPointF(window.canvas.mapFromGlobal(at)))
        menu.addAction(say("Add gate…"), lambda: window.pick_gate(place))
    for name in {Part.EMPTY: ON_CANVAS, Part.WIRE: ON_WIRE}.get(hit.part, ON_NODE):
        _add(window, menu, name)
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
        action.setChecked(window.preferences.theme == name)
        group.addAction(action)


def _docks(window: MainWindow, parent: QMenu) -> None:
    menu = parent.addMenu(say("&Panels"))
    for dock in window.docks.by_name.values():
        menu.addAction(dock.toggleViewAction())


def _minimap(window: MainWindow, parent: QMenu) -> None:
    action = parent.addAction(say("&Minimap"))
    action.setCheckable(True)
    action.setChecked(True)
    action.toggled.connect(window.canvas.set_minimap_visible)
