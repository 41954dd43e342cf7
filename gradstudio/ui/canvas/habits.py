"""What a person has chosen about how the canvas behaves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Habits:
    """Choices that hold for all networks.

    Attributes:
        animated: whether nodes glide to where a command puts them.
        grid: whether dragged nodes go from grid point to grid point.
        guides: whether dragged nodes come into line with their neighbours.
        contain: whether a rubber band takes only what lies in it whole; else what it touches.
        tidy: whether nodes are laid out anew when one is put between them.
    """

    animated: bool = False
    grid: bool = True
    guides: bool = True
    contain: bool = False
    tidy: bool = False


NAMES = ("animated", "grid", "guides", "contain", "tidy")
"""Of all of them, as they are remembered."""
