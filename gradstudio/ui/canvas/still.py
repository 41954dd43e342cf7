"""The picture of what stands still while nodes are dragged over it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from gradstudio.document.regions import AreaId
from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.nodes import Mask
from gradstudio.ui.canvas.readings import Readings


@dataclass(frozen=True, slots=True)
class Still:
    """The view without the nodes that are dragged.

    Attributes:
        picture: of it.
        held: which node rows are dragged.
        areas: which sheets move with them.
        camera: it was seen from.
        readings: the numbers on it.
    """

    picture: QPixmap
    held: Mask
    areas: frozenset[AreaId]
    camera: Camera
    readings: Readings

    def fits(self, view: QWidget) -> bool:
        """Whether it has the size and density of the view."""
        return self.picture.size() == view.size() * view.devicePixelRatioF()
