"""What every layer gets: the painter, what to paint, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform

from gradstudio.document.model import NodeId, WireId
from gradstudio.document.regions import AreaId
from gradstudio.document.stage import ShownId
from gradstudio.insight.health import Light
from gradstudio.insight.stepping import Moment
from gradstudio.ui.canvas.areas import Area
from gradstudio.ui.canvas.bodies import BodyCache
from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.ink import Ink
from gradstudio.ui.canvas.metrics import BLEED, LABEL_REACH
from gradstudio.ui.canvas.nodes import Mask, Rows
from gradstudio.ui.canvas.readings import Readings
from gradstudio.ui.canvas.scene import NOTHING, Hit, PortRef, Scene
from gradstudio.ui.canvas.wires import WireTable


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands out at the moment.

    Attributes:
        nodes: selected, with the boxes of groups that are.
        wires: selected.
        hover: what the mouse is over.
        hidden: wires that are being re-plugged and are drawn by the gesture instead.
        fits: while a wire is dragged, whether a port would take it; nodes without such a port are dimmed.
        dot: the dot that keys move and delete: its wire and its index.
        found: nodes somebody is searching for.
        areas: selected groups, frames and comments.
        step: the position of a step-through: what has its turn glows, what is still to come is dimmed.
        order: the number each node has in the order of computation, where these are shown.
        lights: how nodes are, where that is shown.
    """

    nodes: frozenset[ShownId] = frozenset()
    wires: frozenset[WireId] = frozenset()
    hover: Hit = NOTHING
    hidden: frozenset[WireId] = frozenset()
    fits: Callable[[PortRef], bool] | None = None
    dot: tuple[WireId, int] | None = None
    found: frozenset[NodeId] = frozenset()
    areas: frozenset[AreaId] = frozenset()
    step: Moment | None = None
    order: Mapping[NodeId, int] | None = None
    lights: Mapping[NodeId, Light] | None = None

    def dims(self, nodes: Sequence[NodeId]) -> bool:
        """Whether all of these have their turn still before them."""
        return self.step is not None and bool(nodes) and all(self.step.dims(node) for node in nodes)


PLAIN = Marks()
_NEAR = LABEL_REACH
"""Nothing that belongs to a row is drawn further from its box or hull, in scene units."""


PASSING = 500
"""Where more wires than this pass through without an end in view, none can be followed: just some of them are drawn."""

_COUNTED = 4_000
"""About so many wires are looked at one by one to tell how many of those in view pass through."""


class Near:
    """Rows that may be in an area, found once for all the parts of it that are painted in one go.

    Attributes:
        nodes: their rows; None for all, where many are in the area.
        wires: the same.
        view: the part of the area that is in view.
    """

    def __init__(self, scene: Scene, area: QRectF, view: QRectF) -> None:
        area = area.adjusted(-_NEAR, -_NEAR, _NEAR, _NEAR)
        self.nodes = _few(scene.nodes.within(area), len(scene.nodes))
        self.wires = _few(scene.wires.within(area), len(scene.wires))
        self.view = view
        self._scene = scene
        self._every = 0

    @property
    def every(self) -> int:
        """Of how many wires that pass through the view one is drawn: of a crowd not all are."""
        if not self._every:
            wires = self._scene.wires
            few = len(wires if self.wires is None else self.wires) <= PASSING
            self._every = 1 if few else self._of_a_crowd(wires)
        return self._every

    def _of_a_crowd(self, wires: WireTable) -> int:
        rows = wires.within(self.view, among=self.wires)
        share = 1 + len(rows) // _COUNTED
        if len(rows) > PASSING:
            rows = wires.crossing(rows[::share], self.view)
            rows = rows[~wires.ends_in(rows, self.view)]
        return 1 << (share * len(rows) // PASSING).bit_length()


def _few(rows: Rows, count: int) -> Rows | None:
    return rows if len(rows) < count // 2 else None


@dataclass(slots=True)
class Frame:
    """One painting of a part of the scene.

    Attributes:
        painter: in view coordinates.
        scene: what to paint.
        camera: from where.
        area: the part to paint, in scene units.
        ink: colours.
        bodies: pictures of node bodies.
        readings: texts on wires.
        marks: what stands out.
        ratio: device pixels per view pixel.
        vector: draw everything directly (pictures), rather than from cached pixmaps.
        held: which node rows are being dragged; None where none are.
        held_only: paint just those with their wires, rather than all the others.
        held_areas: which sheets move with what is dragged.
        near: rows that may be in the area, and what is in view; None for all.
    """

    painter: QPainter
    scene: Scene
    camera: Camera
    area: QRectF
    ink: Ink
    bodies: BodyCache
    readings: Readings
    marks: Marks = PLAIN
    ratio: float = 1.0
    vector: bool = False
    held: Mask | None = None
    held_only: bool = False
    held_areas: frozenset[AreaId] = frozenset()
    near: Near | None = None
    base: QTransform = field(default_factory=QTransform)

    def __post_init__(self) -> None:
        self.base = self.painter.worldTransform()

    def areas_here(self) -> list[Area]:
        """The sheets to paint."""
        areas = self.scene.areas.within(self.area.adjusted(-2, -2, 2, 2))
        return areas if self.held is None else [a for a in areas if (a.id in self.held_areas) is self.held_only]

    def nodes_here(self, bleed: float = BLEED) -> Rows:
        """Rows of the nodes to paint: those whose boxes come so near to the area."""
        rows = self.scene.nodes.within(self.area, bleed, self.near.nodes if self.near is not None else None)
        return rows if self.held is None else rows[self.held[rows] == self.held_only]

    def notes_here(self) -> Rows:
        """Rows of the nodes whose notes to paint."""
        rows = self.scene.nodes.notes_within(self.area)
        return rows if self.held is None else rows[self.held[rows] == self.held_only]

    def wires_here(self, bleed: float = 4.0) -> Rows:
        """Rows of the wires to paint: those whose hulls come so near to the area."""
        wires = self.scene.wires
        rows = wires.within(self.area, bleed, self.near.wires if self.near is not None else None)
        return rows if self.held is None else rows[self.held[wires.tied[rows]].any(axis=1) == self.held_only]

    def stubs_here(self, bleed: float) -> Rows:
        """Rows of the stubs to paint."""
        rows = self.scene.stubs.within(self.area, bleed)
        return rows if self.held is None else rows[self.held[self.scene.stubs.tied[rows]] == self.held_only]

    @property
    def scale(self) -> float:
        """Of the camera."""
        return self.camera.scale

    def in_scene(self) -> QPainter:
        """The painter, in scene units from here on."""
        self.painter.setWorldTransform(self.camera.transform() * self.base)
        return self.painter

    def in_view(self) -> QPainter:
        """The painter, in view coordinates from here on."""
        self.painter.setWorldTransform(self.base)
        return self.painter
