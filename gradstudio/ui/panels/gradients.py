"""The gradient of the loss at every node and weight: how large, and how distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QCursor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout, QWidget

from gradstudio.insight.updates import UpdatesLook, UpdatesSeen
from gradstudio.training.observe import row_name
from gradstudio.training.snapshot import GradientRow, Snapshot
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.base import Panel, Sheet, Toggle
from gradstudio.ui.panels.flow import Flow, depths
from gradstudio.ui.panels.row_paint import ROW_HEIGHT, RowDelegate, ScaleHeader
from gradstudio.ui.panels.rows import RowsModel
from gradstudio.ui.panels.scale import Scale
from gradstudio.ui.texts import number

if TYPE_CHECKING:
    from gradstudio.ui.theme import Theme


class GradientsPanel(Panel):
    """One row for each output and weight a gradient reaches: its norm on a shared log scale, and its distribution.

    Attributes:
        model: the rows.
    """

    title = "Gradients"
    help = (
        "How large the gradient of the loss is at every node and weight, now and over time, how its entries are "
        "distributed, and how far the next update moves each weight; Flow shows it along the depth of the network."
    )

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.gradients")
        self.model = RowsModel(self)
        self.scale = Scale()
        self._shown: object = None
        self._revision = -1
        studio.documentReplaced.connect(self._forget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages, side=1))

    def build(self) -> None:
        """Make the list and the axis above it."""
        self.delegate = RowDelegate(self.scale, self.studio.theme, self)
        self.header = ScaleHeader(self.delegate)
        self.header.swapped.connect(self._repaint)
        self.list = _Rows(self.header, self.delegate, self.model)
        self.list.setObjectName("gradients.rows")
        self.list.setAccessibleName(self.tr("Gradient norms"))
        self.flow = Flow()
        self.flow_button = Toggle(
            self.tr("Flow"), self.tr("Show the gradient along the depth of the network"), "gradients.flow_button"
        )
        self.flow_button.setParent(self.header)
        self.flow_button.move(2, 0)
        self.flow_button.toggled.connect(self._toggle_flow)
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.flow, 1)
        self.flow.hide()

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.delegate.dress(theme)
        self.header.dress(theme)
        self.flow.dress(theme)
        self.flow_button.dress(theme)
        self.list.viewport().update()

    def watch(self, awake: bool) -> None:
        """Ask for rows only while they can be seen."""
        self.studio.watch_rows(awake)
        self.studio.watch_looks(self, {UpdatesLook()} if awake else ())

    def refresh(self) -> None:
        """Show the newest rows; none of an older network."""
        snapshot = self.studio.snapshot()
        if snapshot is None or (snapshot.gradients and not snapshot.rows):
            self._shown = None
            self.model.wait()
        elif snapshot.rows:
            self._show(snapshot)
        else:
            self._shown = None
            self.model.show((), [], frozenset())
            self._explain(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        document, selected = self.studio.document, frozenset(self.studio.selection()[0])
        rows = tuple(row for row in snapshot.rows if row.node in document.nodes)
        names = [row_name(document, row.node, row.port) for row in rows]
        if self._shown == (snapshot, names, selected):
            return
        self._shown = (snapshot, names, selected)
        if names != self.model.names:
            self.delegate.measure(rows, names)
            self.header.place_swap()
            self.header.update()
        if self.scale.fit([row.norm for row in rows]):
            self.header.update()
        self._note(snapshot, rows)
        newly = selected - self.model.selected
        self.model.show(rows, names, selected)
        self.show_body()
        if newly:
            self._reveal(newly)
        self.describe(self._sentence(rows, names))

    def _note(self, snapshot: Snapshot, rows: tuple[GradientRow, ...]) -> None:
        """Keep the norms of this step, and the ratios seen last."""
        if snapshot.revision != self._revision:
            self._revision = snapshot.revision
            self.model.trails.clear()
        if snapshot.now is None:  # looking back at an earlier step adds nothing to what is known
            self.model.trails.note(snapshot.step, rows)
        seen = snapshot.seen.get(UpdatesLook())
        self.model.ratios = seen.ratios if isinstance(seen, UpdatesSeen) else {}
        if self.delegate.ratios is not bool(self.model.ratios):
            self.delegate.ratios = bool(self.model.ratios)
            self.header.place_swap()
            self.header.update()
        if self.flow_button.isChecked():
            self.flow.show_flow(depths(self.studio.document, rows))

    def _forget(self) -> None:
        """Another document is shown."""
        self.scale.reset()
        self.model.trails.clear()

    def _repaint(self) -> None:
        self.list.viewport().update()

    def _toggle_flow(self, wanted: bool) -> None:
        self.list.setHidden(wanted)
        self.flow.setVisible(wanted)
        self.header.show_axis(not wanted)
        if wanted:
            self.flow.show_flow(depths(self.studio.document, self.model.rows))

    def _reveal(self, nodes: frozenset[int]) -> None:
        """Scroll to the first row of newly selected nodes."""
        first = next((i for i, row in enumerate(self.model.rows) if row.node in nodes), None)
        if first is not None:
            self.list.scrollTo(self.model.index(first))

    def _explain(self, snapshot: Snapshot) -> None:
        if not self.studio.document.nodes:
            heading, text = self.tr("No network yet"), self.tr("Drag gates from the palette and wire them.")
        elif snapshot.problems or snapshot.message:
            heading = self.tr("Not computed yet")
            text = snapshot.problems[0].message if snapshot.problems else snapshot.message
        elif not snapshot.objective:
            heading = self.tr("Nothing to differentiate")
            text = self.tr("A gradient needs an end that is computed from its inputs: complete the wiring.")
        else:
            heading = self.tr("No gradient flows")
            text = self.tr("Nothing that can be learned or changed leads to “{0}”.").format(snapshot.objective)
        self.show_notice(heading, text)

    def _sentence(self, rows: tuple[GradientRow, ...], names: list[str]) -> str:
        order = sorted(range(len(rows)), key=lambda i: rows[i].norm)
        least, most = order[0], order[-1]
        return self.tr("{0} gradients. Largest norm {1} at {2}, smallest {3} at {4}.").format(
            len(rows), number(rows[most].norm), names[most], number(rows[least].norm), names[least]
        )

    def _choose(self, index: QModelIndex) -> None:
        self.studio.select([self.model.rows[index.row()].node])


class _Rows(QListView):
    """A list that paints its rows in one go, and whose header keeps to their width."""

    def __init__(self, header: ScaleHeader, delegate: RowDelegate, model: RowsModel) -> None:
        super().__init__()
        self._header, self._delegate, self._rows = header, delegate, model
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setStyleSheet("QListView { background: transparent; border: none; }")
        self.setItemDelegate(delegate)
        self.setModel(model)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show other rows."""
        assert isinstance(model, RowsModel), "it paints rows of gradients"
        self._rows = model
        super().setModel(model)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in view."""
        view, offset = self.viewport(), self.verticalOffset()
        first, last = offset // ROW_HEIGHT, (offset + view.height()) // ROW_HEIGHT
        rows = [
            (at * ROW_HEIGHT - offset, self._rows.shown(at))
            for at in range(first, min(last + 1, self._rows.rowCount()))
        ]
        with QPainter(view) as painter:
            self._delegate.paint_rows(painter, view.rect(), rows, self._hovered())
            if self.hasFocus() and self.currentIndex().isValid():
                self._delegate.paint_focus(painter, self.visualRect(self.currentIndex()))

    def _hovered(self) -> int:
        """Where the row under the mouse begins; far away where there is none."""
        if not self.viewport().underMouse():
            return -ROW_HEIGHT - 1
        return self.visualRect(self.indexAt(self.viewport().mapFromGlobal(QCursor.pos()))).top()

    def dataChanged(
        self, first: QModelIndex | QPersistentModelIndex, last: QModelIndex | QPersistentModelIndex, roles: object = ()
    ) -> None:
        """Paint anew; all rows are equally high, so nothing is laid out for new numbers."""
        self.viewport().update()

    def updateGeometries(self) -> None:
        """Qt lays the rows out anew."""
        super().updateGeometries()
        self._header.follow(self.viewport().width())
