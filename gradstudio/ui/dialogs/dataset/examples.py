"""The first page: a file, a folder, or one of the examples that need none."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from gradstudio.data.drafts import TOYS, Source
from gradstudio.data.shipped import SHIPPED
from gradstudio.engine.catalog import CATALOG
from gradstudio.ui.inspector.parts import label


class BeginPage(QWidget):
    """Asks where the data is.

    Attributes:
        choose: asks for a file.
        folder: asks for a folder of pictures.
        examples: the tables that come along, and data that is drawn.
    """

    chosen = Signal(object)
    """A `Source`."""

    def __init__(self) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(10)
        self.choose, self.folder = QPushButton(self.tr("Choose file…")), QPushButton(self.tr("Choose folder…"))
        self.choose.setObjectName("accent")
        self.folder.setToolTip(self.tr("A folder of pictures with a folder in it for each class, or of IDX files."))
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.choose, self.folder):
            button.setAutoDefault(False)
            row.addWidget(button)
        hint = self.tr(
            "CSV, TSV, Parquet, NPY, NPZ, IDX (MNIST), or a folder of pictures. Dropping it here will do, too."
        )
        row.addWidget(label(hint, "dim"), 1)
        box.addLayout(row)
        box.addSpacing(6)
        box.addWidget(label(self.tr("Examples"), "heading", wrap=False))
        self.examples = self._list()
        box.addWidget(self.examples, 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keyboard; where it has chosen an example it means nothing more."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        for button in (self.choose, self.folder):
            if button.hasFocus():
                button.click()

    def _list(self) -> QListWidget:
        found = QListWidget()
        found.setObjectName("examples")
        found.setAccessibleName(self.tr("Examples"))
        found.setUniformItemSizes(True)
        for name, one in SHIPPED.items():
            self._add(found, one.title, one.help, Source("shipped", name))
        for name in TOYS:
            if name in CATALOG:
                gate = CATALOG.get(name)
                self._add(found, gate.title, gate.help, Source("toy", name))
        found.setCurrentRow(0)
        found.itemActivated.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))
        found.itemClicked.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))
        return found

    def _add(self, found: QListWidget, title: str, words: str, source: Source) -> None:
        item = QListWidgetItem(f"{title} — {words}")
        item.setToolTip(words)
        item.setData(Qt.ItemDataRole.UserRole, source)
        item.setSizeHint(QSize(0, 30))
        found.addItem(item)
