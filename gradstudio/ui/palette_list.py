"""The rows of the palette under mouse and keyboard: gates are chosen and dragged, shelves folded and opened."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu

from gradstudio.engine.gate import Category
from gradstudio.ui.bridge import Studio
from gradstudio.ui.palette_model import PaletteModel
from gradstudio.ui.palette_paint import node_picture
from gradstudio.ui.shelves import BLOCKS, RECENT, Heading, More

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PaletteList(QListView):
    """The rows; gates can be dragged, shelves folded, and letters typed here go to the search field."""

    chosen = Signal(str)
    typed = Signal(str)
    left_at_top = Signal()
    block_menu = Signal(object, QPoint)
    """A menu is wanted for this `Block` at this point of the screen."""

    def __init__(self, model: PaletteModel, studio: Studio) -> None:
        super().__init__()
        self._gates = model
        self._studio = studio
        self._place: tuple[str, str] = ("", "")
        self._scrolled = 0
        model.modelAboutToBeReset.connect(self._note_place)
        self.setModel(model)
        model.modelReset.connect(self._return_to_place)
        self.setObjectName("plain")
        self.setAccessibleName(self.tr("Gates"))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(False)
        self.setMouseTracking(True)
        self.clicked.connect(self._toggle)
        self.doubleClicked.connect(self._choose)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Carry the gate's id, under a picture of the node it will be."""
        index = self.currentIndex()
        gate = self._gates.gate(index) or self._gates.block(index)
        if gate is None:
            return
        drag = QDrag(self)
        drag.setMimeData(self._gates.mimeData([index]))
        picture = node_picture(gate, self._studio.theme, self.devicePixelRatioF())
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(round(picture.deviceIndependentSize().width() / 2), 18))
        drag.exec(Qt.DropAction.CopyAction)

    def event(self, event: QEvent) -> bool:
        """Letters typed here search, even where they are shortcuts elsewhere."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right fold and open as in a tree; letters go to the search field, and so does Up at the top."""
        index, key = self.currentIndex(), Qt.Key(event.key())
        on_gate = bool(self._gates.chosen(index))
        if key in _ENTER and on_gate:
            self._choose(index)
        elif key in (*_ENTER, Qt.Key.Key_Space) and not on_gate:
            self._toggle(index)
        elif key is Qt.Key.Key_Left:
            self._close(index)
        elif key is Qt.Key.Key_Right:
            self._open(index)
        elif letters := _letters(event):
            self.typed.emit(letters)
        elif key is Qt.Key.Key_Up and index.row() <= 0:
            self.left_at_top.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with a block; else with all shelves at once."""
        block = self._gates.block(self.indexAt(event.pos()))
        if block is not None:
            self.block_menu.emit(block, event.globalPos())
            return
        every = [RECENT, BLOCKS, *(shelf.name for shelf in Category)]
        menu = QMenu(self)
        menu.setObjectName("palette.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Fold all shelves"), lambda: self._gates.shelves.fold(every, True))
        menu.addAction(self.tr("Unfold all shelves"), lambda: self._gates.shelves.fold(every, False))
        menu.addSeparator()
        menu.addAction(self.tr("Show all gates"), lambda: self._gates.shelves.fill(every, True))
        menu.addAction(self.tr("Show common gates only"), lambda: self._gates.shelves.fill(every, False))
        menu.popup(event.globalPos())

    def _takes(self, event: QKeyEvent) -> bool:
        """Whether a key means something here."""
        space = event.key() == Qt.Key.Key_Space and not self._gates.chosen(self.currentIndex())
        return space or bool(_letters(event))

    def _choose(self, index: QModelIndex) -> None:
        """Take a gate or a block."""
        chosen = self._gates.chosen(index)
        if chosen:
            self.chosen.emit(chosen)

    def _toggle(self, index: QModelIndex) -> None:
        """Fold a shelf or open it; show or hide what isn't common."""
        match self._gates.row(index):
            case Heading(folded=folded):
                self._gates.shelves.fold([self._gates.shelf(index)], not folded)
            case More(opened=opened):
                self._gates.shelves.fill([self._gates.shelf(index)], not opened)
                if not opened:
                    self.setCurrentIndex(self._gates.index(index.row()))

    def _close(self, index: QModelIndex) -> None:
        """Fold the shelf of a heading, hide again what "More" shows; from elsewhere go to the heading."""
        match self._gates.row(index):
            case Heading(folded=False) | More(opened=True):
                self._toggle(index)
            case row if not isinstance(row, Heading) and self._gates.shelf(index):
                self.setCurrentIndex(self._gates.heading_of(index))

    def _open(self, index: QModelIndex) -> None:
        """Open the shelf of a heading, or show what "More" hides; go into a shelf that is open."""
        match self._gates.row(index):
            case Heading(folded=True) | More(opened=False):
                self._toggle(index)
            case Heading():
                self.setCurrentIndex(self._gates.index(index.row() + 1))

    def _note_place(self) -> None:
        self._place = self._gates.place(self.currentIndex())
        self._scrolled = self.verticalScrollBar().value()

    def _return_to_place(self) -> None:
        """All rows were made anew: stay where we were."""
        index = self._gates.at(self._place)
        if index.isValid():
            self.setCurrentIndex(index)
        self.verticalScrollBar().setValue(self._scrolled)


def _letters(event: QKeyEvent) -> str:
    """What a key types, empty for keys that do something else."""
    plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
    text = event.text()
    return text if plain and text.isprintable() and text.strip() and not _is_command(event) else ""


def _is_command(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Delete)
