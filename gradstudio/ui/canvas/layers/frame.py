"""What every layer gets: the painter, what to paint, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform

from gradstudio.document.model import NodeId, WireId
from gradstudio.ui.canvas.bodies import BodyCache
from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.ink import Ink
from gradstudio.ui.canvas.readings import Readings
from gradstudio.ui.canvas.scene import NOTHING, Hit, PortRef, Scene


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands out at the moment.

    Attributes:
        nodes: selected.
        wires: selected.
        hover: what the mouse is over.
        hidden: a wire that is being re-plugged and is drawn by the gesture instead.
        fits: while a wire is dragged, whether a port would take it; nodes without such a port are dimmed.
    """

    nodes: frozenset[NodeId] = frozenset()
    wires: frozenset[WireId] = frozenset()
    hover: Hit = NOTHING
    hidden: WireId | None = None
    fits: Callable[[PortRef], bool] | None = None


PLAIN = Marks()


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
    base: QTransform = field(default_factory=QTransform)

    def __post_init__(self) -> None:
        self.base = self.painter.worldTransform()

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
