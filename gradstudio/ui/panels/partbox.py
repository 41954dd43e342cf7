"""Choosing the part of a network's data: the rows that train, or those held back."""

from __future__ import annotations

from PySide6.QtCore import Signal

from gradstudio.document.model import Document
from gradstudio.insight.parts import PARTS, has_parts, part_given
from gradstudio.ui.fields import ComboBox


class PartBox(ComboBox):
    """A list of the parts there are; a network without a file has one only, and none to choose.

    Attributes:
        part: the one that is chosen.
    """

    chosen = Signal()
    """Somebody has chosen another part."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(self.tr("Part of the data"))
        self.setToolTip(self.tr("Which rows: those the network learns from, or those held back."))
        titles = (self.tr("Training"), self.tr("Validation"), self.tr("Test"))
        for title, part in zip(titles, PARTS, strict=True):
            self.addItem(title, part)
        self.setMinimumWidth(60)
        self.activated.connect(lambda *_: self.chosen.emit())

    @property
    def part(self) -> str:
        """The part that is chosen."""
        return str(self.currentData())

    def choose(self, part: str) -> None:
        """Choose a part."""
        self.setCurrentIndex(max(0, self.findData(part)))

    def follow(self, document: Document) -> None:
        """Offer the parts of this network."""
        several = has_parts(document)
        self.setVisible(several)
        if not several:
            self.choose(part_given(document))
