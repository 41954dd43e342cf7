"""The palette: every gate of the catalogue on its shelf, to be searched, dragged and added."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from gradstudio.engine.catalog import CATALOG
from gradstudio.ui.blocks import Blocks
from gradstudio.ui.bridge import Studio
from gradstudio.ui.icons import icon
from gradstudio.ui.palette_list import PaletteList
from gradstudio.ui.palette_model import PaletteModel
from gradstudio.ui.palette_paint import PaletteDelegate
from gradstudio.ui.recents import Recents
from gradstudio.ui.shelves import Shelves
from gradstudio.ui.theme import Theme


class Search(QLineEdit):
    """The search field: Down goes to the list, Enter takes the best, Escape empties it."""

    down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down and Escape; everything else is typing."""
        if event.key() == Qt.Key.Key_Down:
            self.down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


_NARROWEST = 150
"""Pixels at 100 %: with less, most titles would be cut off."""


class Palette(QWidget):
    """The palette: a search field over shelves of gates.

    A gate is dragged from here, or added with a double click or Enter (`gateChosen`).

    Args:
        studio: gives the theme.
        recents: the gates used last, for a shelf of their own.
        shelves: what is folded.
        blocks: the person's own, for a shelf of their own.
    """

    gateChosen = Signal(str)
    """Id of a gate or a block to add in the middle of the view."""

    blockMenu = Signal(object, QPoint)
    """A menu is wanted for this `Block` at this point of the screen."""

    def __init__(
        self,
        studio: Studio,
        recents: Recents | None = None,
        shelves: Shelves | None = None,
        blocks: Blocks | None = None,
    ) -> None:
        super().__init__()
        self._blocks = blocks
        self._studio = studio
        self._recents = recents
        self.setObjectName("palette")
        self.setMinimumWidth(_NARROWEST)
        self.shelves = shelves or Shelves()
        self.model = PaletteModel(self.shelves)
        self.search = Search()
        self.search.setPlaceholderText(self.tr("Filter gates…"))
        self.search.setAccessibleName(self.tr("Filter gates"))
        self.search.setClearButtonEnabled(True)
        self._glass = QAction(self)
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.list = PaletteList(self.model, studio)
        self._delegate = PaletteDelegate(studio.theme)
        self.list.setItemDelegate(self._delegate)
        self._nothing = QLabel()
        self._nothing.setProperty("role", "faint")
        self._nothing.setWordWrap(True)
        self._nothing.setContentsMargins(12, 6, 12, 6)
        self._nothing.hide()
        self._lay_out()
        self._connect()
        self._dress(studio.theme)

    def focus_search(self) -> None:
        """Go to the search field, what is there selected."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def reveal(self, gate_id: str) -> None:
        """Open the shelf of a gate and go to it."""
        if gate_id in CATALOG:
            self.shelves.reveal(CATALOG.get(gate_id))
            self.list.setCurrentIndex(self.model.index(self.model.row_of(gate_id)))

    def close_down(self) -> None:
        """Stop listening to the catalogue."""
        if self._catalog_changed in CATALOG.listeners:
            CATALOG.listeners.remove(self._catalog_changed)

    def _lay_out(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 10, 0, 0)
        box.setSpacing(8)
        field = QVBoxLayout()
        field.setContentsMargins(12, 0, 12, 0)
        field.addWidget(self.search)
        box.addLayout(field)
        box.addWidget(self._nothing)
        box.addWidget(self.list, 1)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._take_best)
        self.search.down.connect(self._enter_list)
        self.list.chosen.connect(self.gateChosen)
        self.list.typed.connect(self._type_ahead)
        self.list.left_at_top.connect(self.focus_search)
        self.list.block_menu.connect(self.blockMenu)
        self._studio.themeChanged.connect(self._dress)
        CATALOG.listeners.append(self._catalog_changed)
        if self._recents is not None:
            self._recents.changed.connect(self._recents_changed)
            self._recents_changed()
        if self._blocks is not None:
            self._blocks.changed.connect(self._blocks_changed)
            self._blocks_changed()

    def _recents_changed(self) -> None:
        if self._recents is not None:
            self.model.show_recent(self._recents.gates)

    def _blocks_changed(self) -> None:
        if self._blocks is not None:
            self.model.show_blocks(self._blocks.all())

    def showEvent(self, event: QShowEvent) -> None:
        """Look whether there are other blocks meanwhile."""
        super().showEvent(event)
        if self._blocks is not None:
            self._blocks.refresh()

    def _catalog_changed(self) -> None:
        self.model.rebuild()

    def _search(self, query: str) -> None:
        self.model.search(query)
        found = self.model.rowCount() > 0
        self._nothing.setText(self.tr("No gate answers to “{}”.").format(query))
        self._nothing.setVisible(not found)
        if query.strip() and found:
            self.list.setCurrentIndex(self.model.index(0))
        self.list.scrollToTop()

    def _take_best(self) -> None:
        chosen = self.model.chosen(self.list.currentIndex())
        if chosen and self.search.text().strip():
            self.gateChosen.emit(chosen)

    def _enter_list(self) -> None:
        """Go to the first gate; to the first shelf where all are folded."""
        rows = [self.model.index(i) for i in range(self.model.rowCount())]
        first = next((index for index in rows if self.model.chosen(index)), rows[0] if rows else None)
        if first is not None:
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
            self.list.setCurrentIndex(first)

    def _type_ahead(self, letters: str) -> None:
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.setText(letters)

    def _dress(self, theme: Theme) -> None:
        self._glass.setIcon(icon("search", theme, color="text_faint"))
        self._delegate.theme = theme
        self.list.viewport().update()
