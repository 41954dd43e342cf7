"""When the start page is there: over an empty canvas, until something is built, dragged over it, or it is sent away."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu

from gradstudio.ui.filing import examples
from gradstudio.ui.startpage import Entry, StartPage

if TYPE_CHECKING:
    from gradstudio.ui.theme import Theme
    from gradstudio.ui.window import MainWindow

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class Starting(QObject):
    """Shows the start page over an empty canvas.

    Attributes:
        page: made when it is shown first.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._canvas = window.canvas
        self.page: StartPage | None = None
        self._sent_away = self._dragging = False
        studio = window.studio
        studio.documentChanged.connect(self.refresh)
        studio.documentReplaced.connect(self._begin_anew)
        studio.themeChanged.connect(self._dress)
        self._canvas.installEventFilter(self)
        self.refresh()

    @property
    def shown(self) -> bool:
        """Whether the page is there."""
        return self.page is not None and not self.page.isHidden()

    def refresh(self, *_: object) -> None:
        """Show the page where the network is empty, and only there."""
        document = self._window.studio.document
        empty = not (document.nodes or document.frames or document.comments)
        wanted = empty and not self._sent_away and not self._dragging
        self._canvas.hints = not wanted
        if wanted is not self.shown:
            self._show() if wanted else self._hide()

    def send_away(self) -> None:
        """Leave the canvas empty, until another network is shown."""
        self._sent_away = True
        self.refresh()

    def let_go(self) -> None:
        """Nothing is dragged over the canvas any more."""
        self._dragging = False
        self.refresh()

    def give_up(self) -> None:
        """The window goes."""
        self._canvas.removeEventFilter(self)
        if self.page is not None:
            self.page.give_up()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the canvas: its size, what is dragged over it, the keys nothing there answers to."""
        match event.type():
            case QEvent.Type.Resize if self.shown:
                self._place()
            case QEvent.Type.DragEnter | QEvent.Type.DragLeave | QEvent.Type.Drop:
                self._dragging = event.type() is QEvent.Type.DragEnter
                self.refresh()
            case QEvent.Type.KeyPress if self.shown and isinstance(event, QKeyEvent):
                return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        """The arrows go to the page, Escape sends it away."""
        if event.key() in _ARROWS and self.page is not None:
            self.page.enter()
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.send_away()
            return True
        return False

    def _begin_anew(self) -> None:
        self._sent_away = False
        self.refresh()

    def _show(self) -> None:
        if self.page is None:
            self.page = StartPage(
                self._window.studio.theme, tuple(self._ways()), tuple(self._templates()), self._canvas
            )
            self.page.left.connect(self._to_canvas)
        self.page.show_recent(self._recent())
        self._place()
        self.page.show()

    def _hide(self) -> None:
        if self.page is not None:
            self._to_canvas()
            self.page.hide()

    def _place(self) -> None:
        if self.page is not None:
            self.page.place(self._canvas.size())

    def _dress(self, theme: Theme) -> None:
        if self.page is not None:
            self.page.dress(theme)

    def _to_canvas(self) -> None:
        """Back to the canvas, where the keyboard is on the page."""
        focused = self._window.focusWidget()
        if self.page is not None and self.page.isAncestorOf(focused):
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ways(self) -> Iterator[Entry]:
        """What one can begin with, apart from templates."""
        for name in ("new_from_text", "import_data", "open"):
            action = self._window.actions_by_id[name]
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            yield Entry(action.text().replace("&", ""), action.trigger, keys, action.toolTip())
        yield Entry(self.tr("All examples…"), self._list_examples, help=self.tr("Every network that comes with it."))
        yield Entry(self.tr("Empty canvas"), self.send_away, self.tr("Esc"), self.tr("Without this page."))

    def _templates(self) -> Iterator[Entry]:
        for title, description, path in examples(templates_only=True):
            yield Entry(title, partial(self._window.files.open_example, path), description, description, path)

    def _recent(self) -> Iterator[Entry]:
        recent = self._window.preferences.recent
        names = [path.name for path in recent]
        for path in recent:
            folder = path.parent.name if names.count(path.name) > 1 else ""
            yield Entry(path.name, partial(self._window.files.open_path, path), folder, str(path))

    def _list_examples(self) -> None:
        """All examples, in a menu below the line."""
        menu = QMenu(self._window)
        menu.setObjectName("start.examples")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for title, description, path in examples():
            menu.addAction(title, partial(self._window.files.open_example, path)).setToolTip(description)
        below = self._window.focusWidget()
        menu.popup(below.mapToGlobal(QPoint(0, below.height())))
