"""The curves wires follow: a cubic from port to port, or a chain of them through the dots of the wire."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from gradstudio.ui.canvas.nodes import Floats

Dot = tuple[float, float]
_LONGEST_LOOP = 420.0


def basis(t: Floats) -> Floats:
    """Weights (t, 4) of a cubic's corners at these parameters."""
    u = 1 - t
    return np.stack((u**3, 3 * u * u * t, 3 * u * t * t, t**3), axis=1)


def slope_basis(t: Floats) -> Floats:
    """Weights (t, 4) of a cubic's corners in its derivative."""
    u = 1 - t
    return np.stack((-3 * u * u, 3 * u * u - 6 * u * t, 6 * u * t - 3 * t * t, 3 * t * t), axis=1)


def points_on(curves: Floats, weights: Floats) -> Floats:
    """Points (wire, t, xy) on cubics given by their corners (wire, 4, xy); `weights` are those of `basis`."""
    result: Floats = np.matmul(weights, curves)
    return result


def handles(dx: Floats, dy: Floats) -> Floats:
    """Length of a wire's horizontal handles: half the way forwards; a loop that leaves room where it runs back."""
    ahead = np.maximum(0.5 * dx, np.minimum(40.0, 12.0 + 0.25 * np.abs(dy)))
    back = np.minimum(40.0 + 0.7 * np.abs(dx) + 0.1 * np.abs(dy), _LONGEST_LOOP)
    result: Floats = np.where(dx >= 0, ahead, back)
    return result


def straight(ends: Floats) -> Floats:
    """Corners (wire, 4, xy) of straight lines from end to end."""
    start, stop = ends[:, None, :2], ends[:, None, 2:]
    share = np.array((0.0, 1 / 3, 2 / 3, 1.0))[:, None]
    result: Floats = start + share * (stop - start)
    return result


def direct(x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> Floats:
    """Corners (wire, 4, xy) of the cubics from port to port."""
    h = handles(x1 - x0, y1 - y0)
    corners = np.stack((x0, y0, x0 + h, y0, x1 - h, y1, x1, y1), axis=-1)
    return corners.reshape(*corners.shape[:-1], 4, 2)


def through(start: Dot, via: Sequence[Dot], stop: Dot) -> Floats:
    """Corners (piece, 4, xy) of the chain from port to port through dots: smooth at each, and nearly level or upright.

    A wire leaves and enters ports to the right; at a dot it runs the way its neighbours lie.
    """
    places = [start, *via, stop]
    ways = [(1.0, 0.0), *map(_way, places, places[1:], places[2:]), (1.0, 0.0)]
    pieces = []
    for p, q, leaving, entering in zip(places, places[1:], ways, ways[1:], strict=False):
        gap = q[0] - p[0], q[1] - p[1]
        out, into = _reach(gap, leaving), _reach(gap, entering)
        first = p[0] + out * leaving[0], p[1] + out * leaving[1]
        second = q[0] - into * entering[0], q[1] - into * entering[1]
        pieces.append((p, first, second, q))
    return np.array(pieces, float)


def path_of(curves: Floats) -> QPainterPath:
    """The painter's path along one cubic after the other."""
    corners = curves.tolist()
    path = QPainterPath(QPointF(*corners[0][0]))
    for _, (ax, ay), (bx, by), (x, y) in corners:
        path.cubicTo(ax, ay, bx, by, x, y)
    return path


def curve_path(x0: float, y0: float, x1: float, y1: float, scale: float = 1.0) -> QPainterPath:
    """A wire's cubic from port to port, seen at a scale."""
    ends = np.array((x0, y0, x1, y1)) / scale
    return path_of(direct(*ends)[None] * scale)


def _way(before: Dot, here: Dot, after: Dot) -> Dot:
    """The direction at a dot: that of its neighbours, nearer to level or upright; exactly so where one of them is."""
    dx, dy = (after[0] - before[0]) ** 3, (after[1] - before[1]) ** 3
    level, upright = here[1] in (before[1], after[1]), here[0] in (before[0], after[0])
    if level != upright and (dx if level else dy):
        dx, dy = (dx, 0.0) if level else (0.0, dy)
    length = math.hypot(dx, dy)
    return (dx / length, dy / length) if length > 0 else (1.0, 0.0)


def _reach(gap: Dot, way: Dot) -> float:
    """How far a piece follows the direction of one of its ends."""
    along, across = gap[0] * way[0] + gap[1] * way[1], abs(gap[0] * way[1] - gap[1] * way[0])
    if along >= 0:
        return max(0.5 * along, min(40.0, 12.0 + 0.25 * across))
    return min(24.0 - 0.3 * along + 0.2 * across, 160.0)
