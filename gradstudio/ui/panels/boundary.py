"""The decision boundary, live: what the network says everywhere in a plane through its data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import Array
from gradstudio.insight.answer import Answer
from gradstudio.insight.boundary import BoundaryLook, BoundarySeen
from gradstudio.insight.parts import TEST, VALIDATION
from gradstudio.ui.bridge import Studio
from gradstudio.ui.heat import HALF, as_image, diverging, shade
from gradstudio.ui.panels.axes import Axis
from gradstudio.ui.panels.base import Line, Panel, Sheet
from gradstudio.ui.panels.plane import PlanePlot, class_color, class_surface
from gradstudio.ui.samples import Samples
from gradstudio.ui.texts import grouped, number
from gradstudio.ui.theme import Theme, ui_font

AT_REST = 96
WHILE_TRAINING = (64, 48, 32, 24, 16)
"""Cells of the grid in each direction."""
WORTH = 0.008
"""Seconds a picture may take while training runs, in several turns: the finest grid is taken that is as quick."""
MOST_FEATURES = 1_000
"""Of so many features two may be chosen by name."""


class BoundaryPanel(Panel):
    """Class shares or a number as colours over two features, with the samples on them; a click sends one through.

    Attributes:
        seen: what is shown, or None.
        look: what is looked at.
    """

    title = "Boundary"
    help = (
        "What the network answers for all values of two features, live; a click on a point sends that sample through."
    )

    def __init__(self, studio: Studio, samples: Samples, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.boundary")
        self.samples = samples
        self.seen: BoundarySeen | None = None
        self.look = BoundaryLook(side=AT_REST)
        self._revision: object = None
        self._cost = 0.0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages))

    def build(self) -> None:
        """Make choosers, plot and the lines around it."""
        self.plane, self.across, self.up = QComboBox(), QComboBox(), QComboBox()
        self.plane.addItems([self.tr("Principal components"), self.tr("Two features")])
        names = (self.tr("Plane through the data"), self.tr("Feature across"), self.tr("Feature up"))
        for box, name in zip((self.plane, self.across, self.up), names, strict=True):
            box.setAccessibleName(name)
            box.setToolTip(name)
            box.activated.connect(self._choose)
        self.plane.setToolTip(
            self.tr("Of more than two features: which plane is shown. The others stay at their means.")
        )
        self.score = Line()
        self.score.setFont(ui_font(12))
        self.score.setProperty("role", "dim")
        self.word = Line()
        self.word.setFont(ui_font(12))
        self.plot = PlanePlot()
        self.plot.setObjectName("boundary.plot")
        self.plot.setAccessibleName(self.tr("Decision boundary"))
        self.plot.picked.connect(self._send)
        self.plot.pointed.connect(self._point)
        self.legend = QLabel()
        self.legend.setFont(ui_font(11))
        self.samples.changed.connect(self._mark)
        self.legend.setMinimumWidth(1)
        choice, top = QHBoxLayout(), QHBoxLayout()
        for row in (choice, top):
            row.setSpacing(4)
        for box, stretch in ((self.plane, 2), (self.across, 1), (self.up, 1)):
            box.setMinimumWidth(48)
            choice.addWidget(box, stretch)
        top.addWidget(self.score, 1)
        top.addWidget(self.legend)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(choice)
        layout.addLayout(top)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.word)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.plot.dress(theme)
        if self.seen is not None:
            self._draw(self.seen)

    # ---- what is looked at

    def watch(self, awake: bool) -> None:
        """Look at the plane only while it can be seen.

        At rest there is a look in advance as it will be while training runs: what that takes to prepare is ready then.
        """
        looks = {self.look} if self.studio.running or not self._cost else {self.look, self._live()}
        self.studio.watch_looks(self, looks if awake else ())

    def _live(self) -> BoundaryLook:
        """What is looked at while training runs: a grid as fine as time allows."""
        return replace(self.look, side=side_for(self._cost), whole=False)

    def _follow(self) -> None:
        """A coarse grid while training runs, a fine one at rest; another network has another cost."""
        revision, running = (id(self.studio.document), self.studio.document.graph_revision), self.studio.running
        if revision != self._revision:
            self._revision, self.seen, self._cost = revision, None, 0.0
        if not running:
            self.look = replace(self.look, side=AT_REST, whole=True)
        elif self.look.whole:
            self.look = self._live()
        self.watch(True)

    def _choose(self, *_: object) -> None:
        if self.plane.currentIndex() == 1:
            self.look = replace(self.look, across=max(0, self.across.currentIndex()), up=max(0, self.up.currentIndex()))
        else:
            self.look = replace(self.look, across=None, up=None)
        self.watch(True)
        self._offer()

    # ---- showing it

    def refresh(self) -> None:
        """Show the newest answers."""
        self._follow()
        snapshot = self.studio.snapshot()
        found = None if snapshot is None else snapshot.seen.get(self.look)
        if isinstance(found, EngineError):
            self.seen = None
            self.show_notice(self.tr("No boundary to show"), str(found))
        elif isinstance(found, BoundarySeen):
            self.show_body()
            if found is not self.seen:
                self.seen = found
                self._cost = self._cost or found.seconds / (found.surface.shape[0] ** 2 + len(found.places))
                self.watch(True)
                self._draw(found)
        elif self.seen is None:
            self.show_notice(self.tr("Not computed yet"), self.tr("The answers of this network are on their way."))

    def _draw(self, seen: BoundarySeen) -> None:
        plot, plane = self.plot, seen.plane
        (left, low), (right, high) = plane.low.tolist(), plane.high.tolist()
        plot.names = (*plane.names, "")
        plot.show_range(Axis(left, right), Axis(low, high))
        colors, end, middle = self._colors(seen)
        plot.surface.corners = (left, low, right, high)
        plot.surface.image = as_image(colors, diverging(self.studio.theme))
        plot.surface.smooth = seen.kind is not Answer.SCORES
        points, theme = plot.points, self.studio.theme
        points.edge = theme.color("text_dim" if seen.kind is Answer.NUMBER else "panel")
        points.held = seen.numbers < 0
        points.at, points.ringed, points.fills = seen.places, seen.wrong, self._fills(seen, end, middle)
        self._offer()
        self._say(seen)
        self._mark()
        self._point()

    def _colors(self, seen: BoundarySeen) -> tuple[Array, float, float]:
        """The surface in colours; of numbers also the half width and the middle of their scale."""
        if seen.kind is not Answer.NUMBER:
            return class_surface(self.studio.theme, seen.surface), 1.0, 0.0
        low, high = scale_of(seen)
        end, middle = (high - low) / 2, (high + low) / 2
        return np.where(np.isfinite(seen.surface), shade(seen.surface - middle, end), HALF), end, middle

    def _fills(self, seen: BoundarySeen, end: float, middle: float) -> list[QColor]:
        theme = self.studio.theme
        if seen.kind is not Answer.NUMBER:
            kinds = seen.answers.argmax(axis=-1) if seen.truth is None else seen.truth
            known = {kind: class_color(theme, kind) for kind in set(kinds.tolist())}
            return [known[kind] for kind in kinds.tolist()]
        numbers = seen.answers if seen.truth is None else seen.truth
        table = [QColor(rgb) for rgb in diverging(theme)]
        return [table[int(i)] for i in shade(numbers - middle, end)]

    def _offer(self) -> None:
        """Choosers for networks of more than two features."""
        more = self.seen is not None and self.seen.features > 2
        self.plane.setVisible(more)
        pair = more and self.plane.currentIndex() == 1
        features = min(self.seen.features, MOST_FEATURES) if self.seen is not None else 0
        for k, box in enumerate((self.across, self.up)):
            box.setVisible(pair)
            if box.count() != features:
                box.clear()
                box.addItems([f"x{i + 1}" for i in range(features)])
                box.setCurrentIndex(k)

    def _say(self, seen: BoundarySeen) -> None:
        words = []
        if seen.kind is Answer.NUMBER:
            low, high = scale_of(seen)
            words.append(
                self.tr("{0} from {1} (blue) to {2} (orange)").format(seen.output, number(low, 3), number(high, 3))
            )
        elif seen.truth is not None:
            words += self._scores(seen)
            if seen.wrong.any():
                words.append(self.tr("{0} wrong, ringed").format(grouped(int(seen.wrong.sum()))))
        if int((seen.numbers >= 0).sum()) < seen.samples:
            words.append(self.tr("of {0} samples").format(grouped(seen.samples)))
        self.score.say("  ·  ".join(words), words[0] if words else "")
        self.legend.setText(self._legend(seen))
        self.describe(f"{seen.plane.names[0]}, {seen.plane.names[1]}: {', '.join(words)}.")

    def _scores(self, seen: BoundarySeen) -> Iterator[str]:
        """How many points are right, of those trained on and of those held back."""
        held = seen.numbers < 0
        for part, words in (
            (~held, self.tr("{0} of {1} points right")), (held, self.tr("{0} of {1} held back right (squares)"))
        ):  # fmt: skip
            if part.any():
                right = int(part.sum()) - int(seen.wrong[part].sum())
                yield words.format(grouped(right), grouped(int(part.sum())))

    def _legend(self, seen: BoundarySeen) -> str:
        """Which colour is which class."""
        if seen.kind is Answer.NUMBER:
            return ""
        colors = [class_color(self.studio.theme, i).name() for i in range(min(seen.answers.shape[-1], 10))]
        return " ".join(f'<span style="color:{color}">●</span> {i}' for i, color in enumerate(colors))

    # ---- points

    def _point(self) -> None:
        """Say what is known of the point that is pointed at."""
        at, seen = self.plot.points.chosen, self.seen
        if seen is None or not 0 <= at < len(seen.places):
            hint = self.tr("Click a point to send that sample through the canvas; arrow keys and Enter do the same.")
            self.word.say(hint, self.tr("Click a point to send it through the canvas."))
            return
        words = point_words(self, seen, at)
        self.word.say(words, words)
        if self.plot.hasFocus():
            self.describe(words, now=True)

    def _send(self, at: int) -> None:
        if self.seen is not None:
            number_ = int(self.seen.numbers[at])
            self.samples.show(*((number_, None) if number_ >= 0 else (-1 - number_, VALIDATION)))

    def _mark(self) -> None:
        """Frame the sample that is on the canvas."""
        seen, sent = self.seen, self.samples.number
        if sent is not None and self.samples.part == VALIDATION:
            sent = -1 - sent
        elif self.samples.part == TEST:
            sent = None
        there = [] if seen is None or sent is None else np.flatnonzero(seen.numbers == sent).tolist()
        self.plot.points.sent = there[0] if there else -1
        self.plot.update()


def point_words(panel: QWidget, seen: BoundarySeen, at: int) -> str:
    """A point in words: "Sample 17 at 0.2, -0.7: class 2, the network says 1 (83 %)"."""
    x, y = float(seen.places[at, 0]), float(seen.places[at, 1])
    which = panel.tr("Sample {0} at {1}, {2}") if seen.numbers[at] >= 0 else panel.tr("Held back, at {1}, {2}")
    place = which.format(int(seen.numbers[at]) + 1, number(x, 3), number(y, 3))
    truth, answer = None if seen.truth is None else seen.truth[at], seen.answers[at]
    if seen.kind is Answer.NUMBER:
        said = panel.tr("the network says {0}").format(number(float(answer), 3))
        return (
            f"{place}: {said}"
            if truth is None
            else panel.tr("{0}: {1}, {2}").format(place, number(float(truth), 3), said)
        )
    best = int(answer.argmax())
    said = panel.tr("the network says {0}").format(best)
    if seen.kind is not Answer.SCORES:
        said += f" ({100 * float(answer[best]):.0f} %)"
    return f"{place}: {said}" if truth is None else panel.tr("{0}: class {1}, {2}").format(place, int(truth), said)


def scale_of(seen: BoundarySeen) -> tuple[float, float]:
    """The least and the greatest number of a surface and its points."""
    parts = [seen.surface.ravel(), *([] if seen.truth is None else [seen.truth])]
    there = np.concatenate(parts)
    there = there[np.isfinite(there)]
    low, high = (float(there.min()), float(there.max())) if len(there) else (0.0, 1.0)
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def side_for(cost: float) -> int:
    """Cells in each direction while training runs, where one answer takes so many seconds."""
    return next((side for side in WHILE_TRAINING if side**2 * cost <= WORTH), WHILE_TRAINING[-1])
