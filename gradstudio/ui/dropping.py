"""Files dropped on a window: networks are opened, anything else is taken for data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def brought(event: QDropEvent) -> tuple[list[Path], list[Path]]:
    """The networks a drag brings from outside, and the other files and folders."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    networks = [path for path in paths if path.name.endswith((".grad", ".grad.json"))]
    return networks, [path for path in paths if path not in networks]


class Dropping(QObject):
    """Takes what is dragged over a window from outside."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accept files, and do with them what they are for once they are let go."""
        if isinstance(event, QDragEnterEvent) and any(brought(event)):
            event.acceptProposedAction()
            return True
        if isinstance(event, QDragLeaveEvent):
            self._window.starting.let_go()
        elif type(event) is QDropEvent:
            drop(self._window, event)
            return True
        return False


def drop(window: MainWindow, event: QDropEvent) -> None:
    """Open the first network, the others in windows of their own; ask what is to be made of data."""
    networks, others = brought(event)
    window.starting.let_go()
    if not networks and not others:
        return
    event.acceptProposedAction()
    window.bring_forward()
    if networks:
        window.files.open_path(networks[0])
    for path in networks[1:]:
        window.files.open_beside(path)
    if others and not networks:
        window.data.import_path(others[0], _scene_point(window, event.position()))


def _scene_point(window: MainWindow, at: QPointF) -> QPointF | None:
    """Where on the canvas that is; None beside it, and where the start page lies over it."""
    there = window.canvas.mapFrom(window, at)
    inside = window.canvas.rect().contains(there.toPoint()) and bool(window.studio.document.nodes)
    return window.canvas.to_scene(there) if inside else None
