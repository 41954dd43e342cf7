"""The palette: every gate of the catalogue on its shelf, to be searched, dragged and added."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QEvent, QMimeData, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QDrag, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Category, Gate
from gradstudio.ui.bridge import Studio
from gradstudio.ui.fuzzy import search
from gradstudio.ui.icons import icon
from gradstudio.ui.palette_paint import PaletteDelegate, node_picture
from gradstudio.ui.recents import Recents
from gradstudio.ui.theme import Theme

GATE_MIME = "application/x-gradstudio-gate"
GATE_ROLE = int(Qt.ItemDataRole.UserRole)
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class PaletteModel(QAbstractListModel):
    """Headings and gates as rows, recent ones first; while something is searched, what answers."""

    def __init__(self) -> None:
        super().__init__()
        self._query = ""
        self._recent: list[str] = []
        self._rows: list[str | type[Gate]] = []
        self.rebuild()

    def search(self, query: str) -> None:
        """Show only what fits."""
        self._query = query
        self.rebuild()

    def show_recent(self, recent: Sequence[str]) -> None:
        """The gates used last stand above the shelves, and come first among equals."""
        self._recent = list(recent)
        self.rebuild()

    def rebuild(self) -> None:
        """Read the catalogue again."""
        self.beginResetModel()
        gates = list(CATALOG)
        if self._query.strip():
            self._rows = list(search(self._query, gates, self._recent))
        else:
            recent = [CATALOG.get(gate) for gate in self._recent if gate in CATALOG]
            self._rows = [self.tr("Recent"), *recent] if recent else []
            for shelf in Category:
                on_it = [gate for gate in gates if gate.category is shelf]
                self._rows += [shelf.value, *on_it] if on_it else []
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Number of headings and gates."""
        return 0 if parent.isValid() else len(self._rows)

    def gate(self, index: _Index) -> type[Gate] | None:
        """The gate of a row; None for a heading."""
        row = self._rows[index.row()] if index.isValid() else None
        return None if row is None or isinstance(row, str) else row

    def row_of(self, gate_id: str) -> int:
        """The row of a gate, or -1."""
        return next((i for i, row in enumerate(self._rows) if getattr(row, "id", "") == gate_id), -1)

    def data(self, index: _Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """What a row shows and says."""
        row = self._rows[index.row()]
        if role == GATE_ROLE:
            return None if isinstance(row, str) else row
        if role == Qt.ItemDataRole.ToolTipRole:
            return "" if isinstance(row, str) else tooltip(row)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return "" if isinstance(row, str) else row.help
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row if isinstance(row, str) else row.title
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Headings can't be chosen."""
        if self.gate(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        """What a drag carries."""
        return [GATE_MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        """The gate's id."""
        data = QMimeData()
        gates = [gate for index in indexes if (gate := self.gate(index)) is not None]
        if gates:
            data.setData(GATE_MIME, gates[0].id.encode())
        return data


class PaletteList(QListView):
    """The rows; they can be dragged, and letters typed here go to the search field."""

    chosen = Signal(str)
    typed = Signal(str)
    left_at_top = Signal()

    def __init__(self, model: PaletteModel, studio: Studio) -> None:
        super().__init__()
        self._gates = model
        self._studio = studio
        self.setModel(model)
        self.setObjectName("plain")
        self.setAccessibleName(self.tr("Gates"))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(False)
        self.setMouseTracking(True)
        self.activated.connect(self._activate)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Carry the gate's id, under a picture of the node it will be."""
        index = self.currentIndex()
        gate = self._gates.gate(index)
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
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _letters(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters go to the search field; Up on the first gate goes there too."""
        first = next((i for i in range(self._gates.rowCount()) if self._gates.gate(self._gates.index(i))), 0)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._activate(self.currentIndex())
        elif letters := _letters(event):
            self.typed.emit(letters)
        elif event.key() == Qt.Key.Key_Up and self.currentIndex().row() <= first:
            self.left_at_top.emit()
        else:
            super().keyPressEvent(event)

    def _activate(self, index: QModelIndex) -> None:
        gate = self._gates.gate(index)
        if gate is not None:
            self.chosen.emit(gate.id)


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


class Palette(QWidget):
    """The palette: a search field over shelves of gates.

    A gate is dragged from here, or added in the middle of the view with a double click or Enter (`gateChosen`).
    """

    gateChosen = Signal(str)
    """Id of a gate to add in the middle of the view."""

    def __init__(self, studio: Studio, recents: Recents | None = None) -> None:
        super().__init__()
        self._studio = studio
        self._recents = recents
        self.setObjectName("palette")
        self.model = PaletteModel()
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
        self._studio.themeChanged.connect(self._dress)
        CATALOG.listeners.append(self._catalog_changed)
        if self._recents is not None:
            self._recents.changed.connect(self._recents_changed)
            self._recents_changed()

    def _recents_changed(self) -> None:
        if self._recents is not None:
            place = self.list.verticalScrollBar().value()
            self.model.show_recent(self._recents.gates)
            self.list.verticalScrollBar().setValue(place)

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
        gate = self.model.gate(self.list.currentIndex())
        if gate is not None and self.search.text().strip():
            self.gateChosen.emit(gate.id)

    def _enter_list(self) -> None:
        rows = (self.model.index(i) for i in range(self.model.rowCount()))
        first = next((index for index in rows if self.model.gate(index) is not None), None)
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


def tooltip(gate: type[Gate]) -> str:
    """Help and rule of a gate, as rich text."""
    parts = [f"<b>{html.escape(gate.title)}</b>", html.escape(gate.help)]
    if gate.rule:
        parts.append(f"<i>{html.escape(gate.rule)}</i>")
    return "<div style='width: 280px'>" + "<br>".join(parts) + "</div>"


def _letters(event: QKeyEvent) -> str:
    """What a key types, empty for keys that do something else."""
    plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
    text = event.text()
    return text if plain and text.isprintable() and text.strip() and not _is_command(event) else ""


def _is_command(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Delete)
