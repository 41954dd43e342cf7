"""Nine places of a network to come back to: kept with the person's settings, by the file's path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QSizeF

from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.preferences import View

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow

COUNT = 9


def say(text: str) -> str:
    """A text in the person's language."""
    return QCoreApplication.translate("Bookmarks", text)


class Bookmarks:
    """The bookmarks of the network in a window. One without a file keeps them until it is saved, and then with it."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._path = window.studio.path
        self._views: dict[int, View] = {}
        window.studio.documentReplaced.connect(self._replaced)
        window.studio.historyChanged.connect(self._saved)
        self._replaced()

    def is_set(self, number: int) -> bool:
        """Whether there is such a bookmark."""
        return number in self._views

    def set(self, number: int) -> None:
        """Let a bookmark be what is seen now."""
        canvas = self._window.canvas
        centre = canvas.visible_area().center()
        self._views[number] = (centre.x(), centre.y(), canvas.scale(), self._window.studio.stage.inside)
        self._keep()
        self._window.studio.messageShown.emit(say("Bookmark {0} is here. Alt+{0} comes back.").format(number))

    def go(self, number: int) -> None:
        """See what was seen when the bookmark was set; of a group that is gone, the network around it."""
        view = self._views.get(number)
        if view is None:
            return
        canvas = self._window.canvas
        x, y, scale, inside = view
        canvas.about_to_jump()
        if inside is not None and inside not in self._window.studio.document.groups:
            canvas.enter(None)
            canvas.zoom_to_fit()
            return
        canvas.look_from(Camera(scale).centered(QPointF(x, y), QSizeF(canvas.size())), inside)

    def _keep(self) -> None:
        if self._path is not None:
            self._window.preferences.keep_views(self._path, self._views)
        self._window.refresh_actions()

    def _replaced(self) -> None:
        self._path = self._window.studio.path
        self._views = {} if self._path is None else self._window.preferences.views(self._path)

    def _saved(self) -> None:
        """A network that was saved under another name takes its bookmarks along."""
        path = self._window.studio.path
        if path != self._path:
            self._path = path
            if self._views:
                self._keep()
