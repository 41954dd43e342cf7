"""What an action is: declared once, made into menus, shortcuts, tooltips, buttons, Ctrl+K and the list of keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow

Standard = QKeySequence.StandardKey
Keys = Standard | str | tuple[str, ...] | None


def say(text: str) -> str:
    """A text in the person's language."""
    return QCoreApplication.translate("Actions", text)


def always(_window: MainWindow) -> bool:
    """What can be done at any time."""
    return True


@dataclass(frozen=True)
class Spec:
    """One action.

    Attributes:
        id: what the rest of the window calls it.
        title: in the menu, with the letter to press after &.
        run: what it does.
        keys: its shortcut.
        tip: a sentence for tooltip and status.
        enabled: whether it can be done now.
        text: its title where that changes.
        edits: whether it changes the network, and so waits until the mouse lets go of what it drags.
        checked: whether it is on, where it is a choice that is on or off.
        shown: keys the canvas reads itself, for the list of keys: they mean something else where there is no canvas.
    """

    id: str
    title: str
    run: Callable[[MainWindow], object]
    keys: Keys = None
    tip: str = ""
    enabled: Callable[[MainWindow], bool] = always
    text: Callable[[MainWindow], str] | None = None
    edits: bool = False
    shown: tuple[str, ...] = ()
    checked: Callable[[MainWindow], bool] | None = None


def any_selected(window: MainWindow) -> bool:
    """Whether a node or a wire is selected."""
    return any(window.studio.selection())


def nodes_selected(window: MainWindow) -> bool:
    """Whether a node is selected."""
    return bool(window.studio.selection()[0])


def one_node(window: MainWindow) -> bool:
    """Whether just one node is selected."""
    return len(window.studio.selection()[0]) == 1


def has_nodes(window: MainWindow) -> bool:
    """Whether there is a node."""
    return bool(window.studio.document.nodes)


Entries: TypeAlias = "tuple[str | tuple[str, Entries], ...]"
"""What a menu holds: ids of actions, "-" for a line, ">name" for a submenu of the window's, or (title, entries)."""


def ids_in(entries: Entries) -> Iterator[str]:
    """The actions of a menu and of its submenus."""
    for entry in entries:
        if not isinstance(entry, str):
            yield from ids_in(entry[1])
        elif entry != "-" and not entry.startswith(">"):
            yield entry
