"""How a file is read: guessed, shown, and changed by whoever knows better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gradstudio.ui.dialogs.dataset.picked import rigid
from gradstudio.ui.fields import ComboBox

if TYPE_CHECKING:
    from gradstudio.data.drafts import Looked
    from gradstudio.ui.dialogs.dataset.drafting import Drafting

GUESS = "guess"
SIDES = (16, 28, 32, 64, 96, 128)


class ReadingBar(QWidget):
    """Choices for texts with rows of cells; for folders of pictures their size and colours.

    Attributes:
        boxes: by the field of `Reading` they choose.
    """

    def __init__(self, drafting: Drafting) -> None:
        super().__init__()
        self._drafting = drafting
        self.boxes: dict[str, ComboBox] = {}
        self._groups: dict[str, str] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._parts: list[tuple[str, QWidget]] = []
        self._add("csv", "delimiter", self.tr("Delimiter"), {
            ",": self.tr("comma"), ";": self.tr("semicolon"), "\t": self.tr("tab"), "|": self.tr("bar"),
            " ": self.tr("space"),
        })  # fmt: skip
        self._add("csv", "decimal", self.tr("Decimal"), {".": self.tr("point"), ",": self.tr("comma")})
        encodings = ("utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16")
        self._add("csv", "encoding", self.tr("Encoding"), {name: name for name in encodings})
        self._add("csv", "header", self.tr("First row"), {True: self.tr("names"), False: self.tr("values")})
        self._add("images", "side", self.tr("Scale to"), {side: f"{side} × {side}" for side in SIDES})
        self._add("images", "grey", self.tr("Colours"), {True: self.tr("grey"), False: self.tr("colours")})
        self._row.addStretch(1)

    def _add(self, group: str, field: str, title: str, choices: dict[object, str]) -> None:
        name, box = rigid(title), ComboBox()
        box.addItem("", GUESS)
        for value, text in choices.items():
            box.addItem(text, value)
        box.setAccessibleName(title)
        box.setToolTip(self.tr("As it was recognised; choose otherwise where that is wrong."))
        box.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        box.activated.connect(lambda _index: self._choose(field))
        name.setBuddy(box)
        self.boxes[field] = box
        for part in (name, box):
            self._row.addWidget(part)
            self._parts.append((group, part))

    def show_looked(self, looked: Looked | None, kind: str) -> None:
        """Show what is chosen, and what was recognised."""
        self.setVisible(any(group == kind for group, _ in self._parts))
        for group, part in self._parts:
            part.setVisible(group == kind)
        draft = self._drafting.draft
        for field, box in self.boxes.items():
            value = None if draft is None else getattr(draft.reading, field)
            box.setItemText(0, self._guess(field, looked, box))
            at = 0 if value is None else max(0, box.findData(value))
            box.setCurrentIndex(at)

    def _guess(self, field: str, looked: Looked | None, box: ComboBox) -> str:
        """What was recognised."""
        if field in ("side", "grey"):
            return self.tr("as they are")
        if looked is None or field not in looked.table.found:
            return self.tr("recognised")
        found = looked.table.found[field]
        at = box.findData(found)
        return self.tr("{} (found)").format(box.itemText(at) if at > 0 else found)

    def _choose(self, field: str) -> None:
        if self._drafting.draft is not None:
            value = self.boxes[field].currentData()
            chosen = None if value == GUESS else value
            self._drafting.read(msgspec.structs.replace(self._drafting.draft.reading, **{field: chosen}))
