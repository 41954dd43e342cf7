"""Wires as bundles of hairlines: lines one pixel wide are drawn many times faster than the outline of a thicker one."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from PySide6.QtGui import QPainterPath

from gradstudio.ui.canvas.nodes import Floats, Mask

_APART = 0.7
"""Hairlines so many pixels apart look like one line."""
_THIN, _THICK = 1.2, 3.3
"""A wire up to so many pixels wide is one hairline; one wider than that is better drawn as it is."""
_HAIR = 0.9
"""So wide is a hairline of one pixel: that when it runs level, less when it slants."""
_FORWARD = -0.5
"""A curve whose middle runs further backwards (by the cosine of its direction) turns too much to be a bundle."""


def offsets(width: float) -> tuple[float, ...]:
    """How far from a wire's middle the hairlines of a bundle so wide lie, in pixels; none where it is no bundle."""
    if width <= _THIN:
        return (0.0,)
    if width > _THICK:
        return ()
    outer = (width - _HAIR) / 2
    count = math.ceil(2 * outer / _APART) + 1
    return tuple(outer * (2 * i / (count - 1) - 1) for i in range(count))


def forward(curves: Floats) -> Mask:
    """Which cubics run so much forwards that they can be bundles."""
    middle = _middle(curves)
    result: Mask = middle[:, 0] > _FORWARD * np.hypot(middle[:, 0], middle[:, 1])
    return result


def strands(curves: Floats, apart: Iterable[float]) -> Floats:
    """Cubics (wire, strand, 4, xy) beside cubics that leave and arrive level.

    Their ends lie above or below the curve's; the inner corners go aside as well, as far as the middle needs to be as
    far away as the ends.
    """
    middle, gaps = _middle(curves), np.array(tuple(apart))
    along = np.hypot(middle[:, 0], middle[:, 1])
    aside = middle[:, 1] / np.maximum(along + middle[:, 0], 1e-9) / 0.75
    result: Floats = np.repeat(curves[:, None], len(gaps), axis=1)
    result[..., 1] += gaps[:, None]
    result[:, :, 1:3, 0] -= (aside[:, None] * gaps)[..., None]
    return result


def bundle(corners: Floats) -> QPainterPath:
    """One path along cubics given by their corners (cubic, 4, xy), to be drawn with a pen of one pixel."""
    path = QPainterPath()
    move, curve = path.moveTo, path.cubicTo
    for x0, y0, x1, y1, x2, y2, x3, y3 in corners.reshape(-1, 8).tolist():
        move(x0, y0)
        curve(x1, y1, x2, y2, x3, y3)
    return path


def _middle(curves: Floats) -> Floats:
    """The direction of each cubic in its middle."""
    result: Floats = curves[:, 3] + curves[:, 2] - curves[:, 1] - curves[:, 0]
    return result
