"""The inspector: everything about what is selected."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from gradstudio.document.model import Change
from gradstudio.document.nesting import all_members
from gradstudio.training.snapshot import Snapshot
from gradstudio.ui.bridge import Studio
from gradstudio.ui.inspector.group import AreasPage, GroupPage
from gradstudio.ui.inspector.network import NetworkPage
from gradstudio.ui.inspector.node import NodePage, NodesPage, PlaceholderPage
from gradstudio.ui.inspector.wire import WirePage
from gradstudio.ui.turns import Turn

REFRESH_SECONDS = 0.08
"""While training runs its numbers change at most so often."""

Made: TypeAlias = NodePage | NodesPage | PlaceholderPage | WirePage | NetworkPage | GroupPage | AreasPage


class Page(Protocol):
    """What the inspector shows for one selection."""

    def refresh(self) -> None:
        """Show what the document says."""
        ...

    def show_numbers(self, snapshot: Snapshot | None) -> None:
        """Show what was computed last; None: there are no numbers of the present network."""
        ...


_FRAME = 1
"""Where docks lie on each other their content has an edge so wide."""
_MOST_NEEDED = 380
"""A page that would need more is cut off after all, rather than leave no room for the canvas."""


class Inspector(QWidget):
    """Shows one node, several, a group, a wire, or the network's settings where nothing is selected.

    Attributes:
        page: what is shown now.
    """

    rateWanted = Signal()
    """Somebody wants to find a learning rate."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._subject: object = None
        self.setObjectName("inspector")
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName(self.tr("Inspector"))
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._scroll)
        self.page: Page
        self._show_page()
        studio.selectionChanged.connect(self._show_page)
        studio.documentReplaced.connect(self._show_page)
        studio.themeChanged.connect(self._restyle)
        studio.documentChanged.connect(self._document_changed)
        self._turn = Turn(studio, self._numbers, REFRESH_SECONDS, self)
        studio.snapshotTaken.connect(self._turn.come)

    def _show_page(self, *_: object) -> None:
        """Show the page of what is selected, made anew unless it is there already."""
        subject = self._now()
        if subject == self._subject:
            return
        self._subject = subject
        page = self._make_page()
        self.page = page
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(12, 12, 12, 16)
        box.addWidget(page)
        box.addStretch(1)
        self._scroll.setWidget(holder)
        self._keep_whole(holder)

    def _keep_whole(self, holder: QWidget) -> None:
        """Let nothing make the inspector so narrow that pages lose their right end; it never asks for less again."""
        beside = self._scroll.verticalScrollBar().sizeHint().width() + 2 * _FRAME
        needed = holder.minimumSizeHint().width() + beside
        self._scroll.setMinimumWidth(max(self._scroll.minimumWidth(), min(needed, _MOST_NEEDED)))

    def _now(self) -> object:
        """What makes a page another one: the document, the selection, and the gates behind it."""
        nodes, wires = self._studio.selection()
        gates = tuple((n, self._studio.document.nodes[n].gate, self._studio.document.nodes[n].known) for n in nodes)
        areas = self._studio.areas()
        return id(self._studio.document), gates, () if nodes else wires, self._studio.theme.name, areas

    def _make_page(self) -> Made:
        document = self._studio.document
        ids, wires, areas = self._studio.chosen
        if len(areas) == 1 and areas[0] in document.groups and len(ids) == len(all_members(document, areas[0])):
            return GroupPage(self._studio, areas[0])
        if areas and not ids:
            return AreasPage(self._studio, areas)
        nodes = [document.nodes[i] for i in ids]
        if len(nodes) > 1:
            return NodesPage(self._studio, nodes)
        if nodes:
            kind = NodePage if nodes[0].known else PlaceholderPage
            return kind(self._studio, nodes[0])
        if len(wires) == 1:
            return WirePage(self._studio, document.wires[wires[0]])
        page = NetworkPage(self._studio)
        page.finder.clicked.connect(self.rateWanted)
        return page

    def _document_changed(self, change: Change) -> None:
        if self._now() != self._subject:
            self._show_page()
            return
        self.page.refresh()
        if change.graph:
            self.page.show_numbers(self._studio.snapshot())

    def _numbers(self) -> None:
        if self._now() == self._subject:
            self.page.show_numbers(self._studio.snapshot())

    def _restyle(self, *_: object) -> None:
        self._show_page()
