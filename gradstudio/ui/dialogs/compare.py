"""Two networks side by side, what differs between them marked in both and listed below."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gradstudio.document.difference import Difference, difference
from gradstudio.document.model import Document, NodeId
from gradstudio.document.valuediff import Sign
from gradstudio.ui.bridge import Studio
from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.drawn import DrawnNetwork
from gradstudio.ui.canvas.layers.differences import Differing
from gradstudio.ui.dialogs.compare_list import DifferenceList, Jump
from gradstudio.ui.dialogs.sizing import open_within
from gradstudio.ui.inspector.parts import label
from gradstudio.ui.theme import Theme

NEAREST = 1.0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the networks.

    Attributes:
        name: what it is called.
        fresh: gives the network as it is now, a copy nobody else changes.
        go: goes to a node of it in its own window; None where it has none.
    """

    name: str
    fresh: Callable[[], Document]
    go: Callable[[NodeId], None] | None = None


class _Job(QObject):
    """Compares two networks in a thread of its own: arrays may be large."""

    ended = Signal(object)
    """The `Difference`, or the exception that came up."""

    def __init__(self, before: Document, after: Document) -> None:
        super().__init__()
        self._documents = before, after
        self._thread = threading.Thread(target=self._run, name="gradstudio-compare", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self) -> None:
        """Until it has ended."""
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            self.ended.emit(difference(*self._documents))
        except Exception as error:  # noqa: BLE001 (raised again in the window's thread)
            self.ended.emit(error)


class CompareDialog(QDialog):
    """Two canvases that move together over a list of differences.

    Attributes:
        canvases: left and right.
        list: of the differences.
        found: what differs; None until it is known.
    """

    def __init__(self, left: Side, right: Side, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare")
        self.setWindowTitle(self.tr("Compare networks"))
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        open_within(self, QSize(1180, 780))
        self.found: Difference | None = None
        self._sides = left, right
        self._documents = left.fresh(), right.fresh()
        self._theme = studio.theme
        self._settled = False
        self._job: _Job | None = None
        self.canvases = tuple(DrawnNetwork(document, studio.theme) for document in self._documents)
        self.list = DifferenceList(studio.theme)
        self.headline = label(self.tr("Comparing…"), "title")
        self._fill()
        self._connect(studio)
        self._name()
        self._begin()

    def _fill(self) -> None:
        self._names = label("", "heading", wrap=False), label("", "heading", wrap=False)
        pictures = QSplitter(Qt.Orientation.Horizontal)
        for name, canvas in zip(self._names, self.canvases, strict=True):
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.setContentsMargins(10, 6, 10, 4)
            sheet = QFrame()
            sheet.setProperty("role", "sheet")
            box = QVBoxLayout(sheet)
            box.setContentsMargins(1, 1, 1, 1)
            box.setSpacing(0)
            box.addWidget(name)
            box.addWidget(canvas, 1)
            pictures.addWidget(sheet)
        both = QSplitter(Qt.Orientation.Vertical)
        both.addWidget(pictures)
        both.addWidget(self.list)
        both.setSizes([440, 260])
        for splitter in (both, pictures):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(6)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 14, 16, 14)
        box.setSpacing(10)
        box.addWidget(self.headline)
        box.addWidget(both, 1)
        box.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.previous = self._button(self.tr("&Previous"), "F7", self.tr("The difference before this one."))
        self.next = self._button(self.tr("&Next"), "F8", self.tr("The next difference."))
        self.swap = self._button(self.tr("S&wap sides"), "Ctrl+Shift+X", self.tr("Left goes right, right goes left."))
        self.again = self._button(self.tr("Compare &again"), "F5", self.tr("Take both networks as they are now."))
        self.close_button = QPushButton(self.tr("Close"))
        self.previous.clicked.connect(lambda *_: self.list.step(-1))
        self.next.clicked.connect(lambda *_: self.list.step(1))
        self.swap.clicked.connect(lambda *_: self.swap_sides())
        self.again.clicked.connect(lambda *_: self.compare_again())
        self.close_button.clicked.connect(lambda *_: self.close())
        for button in (self.previous, self.next, self.swap, self.again):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        return row

    def _button(self, words: str, key: str, tip: str) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        sequence = QKeySequence(key)
        button.setToolTip(f"{tip}  {sequence.toString(QKeySequence.SequenceFormat.NativeText)}")
        QShortcut(sequence, self).activated.connect(button.click)
        return button

    def _connect(self, studio: Studio) -> None:
        left, right = self.canvases
        for one, other in ((left, right), (right, left)):
            one.panned.connect(other.follow_pan)
            one.zoomed.connect(other.follow_zoom)
            one.fitted.connect(self.fit)
        left.nodeClicked.connect(lambda node: self.list.go_to(node, right=False))
        right.nodeClicked.connect(lambda node: self.list.go_to(node, right=True))
        self.list.jumped.connect(self._show)
        self.list.wanted.connect(self._go)
        studio.themeChanged.connect(self._dress)
        studio.closing.connect(self.close)

    # ---- comparing

    def compare_again(self) -> None:
        """Take both networks as they are now."""
        self._documents = self._sides[0].fresh(), self._sides[1].fresh()
        for canvas, document in zip(self.canvases, self._documents, strict=True):
            canvas.show_document(document)
        self._begin()

    def swap_sides(self) -> None:
        """What was left is right."""
        self._sides = self._sides[1], self._sides[0]
        self._name()
        self.compare_again()
        self.fit()

    def _name(self) -> None:
        for name, side in zip(self._names, self._sides, strict=True):
            name.setText(side.name)
            name.setToolTip(side.name)
        for canvas, side, words in zip(self.canvases, self._sides, (self.tr("Left"), self.tr("Right")), strict=True):
            canvas.setAccessibleName(f"{words}: {side.name}")
            canvas.setToolTip(self.tr("Drag or use the arrows to move both; the wheel, + and − zoom; F shows all."))

    def _begin(self) -> None:
        self._wait()
        self.found = None
        self.headline.setText(self.tr("Comparing…"))
        self._job = _Job(*self._documents)
        self._job.ended.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._job.start()

    def _wait(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.ended.disconnect(self._take)
            job.wait()

    def _take(self, found: Difference | Exception) -> None:
        if isinstance(found, Exception):
            raise found
        self.found = found
        self.headline.setText(self._summary(found))
        if not self._settled:
            self._settled = True
            self.fit()
        self.list.show_difference(found, (self._sides[0].name, self._sides[1].name))
        self._mark(None, None)
        for button in (self.previous, self.next):
            button.setEnabled(bool(found.nodes or found.wires))
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _summary(self, found: Difference) -> str:
        if found.same:
            return self.tr("The networks are the same.")
        if found.looks_only:
            return self.tr("The networks differ only in how they are drawn.")
        count = Counter(one.sign for one in found.nodes if not one.looks)
        parts = [
            _counted(count[Sign.ADDED], self.tr("node only right"), self.tr("nodes only right")),
            _counted(count[Sign.REMOVED], self.tr("node only left"), self.tr("nodes only left")),
            _counted(count[Sign.CHANGED], self.tr("node changed"), self.tr("nodes changed")),
            _counted(len(found.wires), self.tr("wire"), self.tr("wires")),
            _counted(len(found.settings), self.tr("setting"), self.tr("settings")),
            _counted(len(found.arrays), self.tr("array learned otherwise"), self.tr("arrays learned otherwise")),
        ]
        said = ", ".join(filter(None, parts))
        return said or self.tr("Training, groups or comments differ.")

    # ---- looking

    def fit(self) -> None:
        """Show all of both networks at one scale; where they lie alike, the same part of both."""
        bounds = [canvas.scene.bounds() for canvas in self.canvases]
        shared = self._lie_alike()
        if shared:
            bounds = [bounds[0].united(bounds[1])] * 2
        cameras = [_fitting(rect, canvas) for rect, canvas in zip(bounds, self.canvases, strict=True)]
        scale = min(camera.scale for camera in cameras)
        for rect, canvas in zip(bounds, self.canvases, strict=True):
            canvas.look(Camera(scale).centered(rect.center(), QSizeF(canvas.size())))

    def _lie_alike(self) -> bool:
        """Whether most nodes that are in both networks are at one place."""
        if self.found is None:
            return False
        left, right = (document.nodes for document in self._documents)
        places = [(left[a].x, left[a].y) == (right[b].x, right[b].y) for a, b in self.found.pairs.items()]
        return sum(places) * 2 > len(places)

    def _show(self, jump: Jump) -> None:
        """Look at a node on both sides; where a side hasn't got it, the other side leads."""
        for canvas, node in zip(self.canvases, (jump.before, jump.after), strict=True):
            if node is not None:
                canvas.centre_on(node)
        left, right = self.canvases
        if self._lie_alike() and (jump.before is None) != (jump.after is None):
            leading, other = (right, left) if jump.before is None else (left, right)
            other.look(leading.camera)
        self._mark(jump.before, jump.after)

    def _mark(self, before: NodeId | None, after: NodeId | None) -> None:
        if self.found is None:
            return
        nodes = [one for one in self.found.nodes if not one.looks]
        wires = [one for one in self.found.wires if not one.looks]
        left = {one.before.id: one.sign for one in nodes if one.before is not None}
        right = {one.after.id: one.sign for one in nodes if one.after is not None}
        left_wires = {one.before.id: one.sign for one in wires if one.before is not None}
        right_wires = {one.after.id: one.sign for one in wires if one.after is not None}
        self.canvases[0].mark(Differing(left, left_wires, before))
        self.canvases[1].mark(Differing(right, right_wires, after))

    def _go(self, jump: Jump | None) -> None:
        """Go to a node in its own window, the right one's where both have it."""
        if jump is None:
            return
        for side, node in ((self._sides[1], jump.after), (self._sides[0], jump.before)):
            if node is not None and side.go is not None:
                side.go(node)
                return

    def _dress(self, theme: Theme) -> None:
        self._theme = theme
        for canvas in self.canvases:
            canvas.dress(theme)
        self.list.dress(theme)
        if self.found is not None:
            self.list.show_difference(self.found, (self._sides[0].name, self._sides[1].name))

    # ---- events

    def showEvent(self, event: QShowEvent) -> None:
        """Show all of both at first."""
        super().showEvent(event)
        self.fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Wait for the thread."""
        self._wait()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """Escape closes, as the button does."""
        self._wait()
        super().done(result)


def _fitting(rect: QRectF, canvas: DrawnNetwork) -> Camera:
    return Camera() if rect.isEmpty() else Camera.fitting(rect, QSizeF(canvas.size()), most=NEAREST)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}" if count else ""
