"""Numbers, norms and shapes as they are written on wires."""

from __future__ import annotations

import math

import numpy as np

from gradstudio.engine.gate import Shape, shape_text
from gradstudio.training.snapshot import Summary


def number(value: float) -> str:
    """Four digits that count: -12, 0.7311, 3.1e-07."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return format(value, ".4g")


def size(norm: float) -> str:
    """Three digits that count, for norms: 17.2, 0.0412."""
    return number(norm) if not math.isfinite(norm) else format(norm, ".3g")


def value_text(summary: Summary, port: str) -> str:
    """A value: the number itself, or the norm of an array, called as its port where that is short."""
    scalar = summary.scalar
    return number(scalar) if scalar is not None else f"‖{port if len(port) <= 2 else 'x'}‖ {size(summary.norm)}"


def gradient_text(summary: Summary) -> str:
    """A gradient: the number itself, or its norm."""
    scalar = summary.scalar
    return number(scalar) if scalar is not None else f"‖∇‖ {size(summary.norm)}"


def wire_shape(shape: Shape | None) -> str:
    """A shape beside a wire; nothing where it is unknown or the wire carries one number."""
    return "" if not shape else shape_text(shape)


def full_text(summary: Summary) -> str:
    """Everything known of an array, for a tooltip: all entries of a small one, else shape, norm and range."""
    scalar = summary.scalar
    if scalar is not None:
        return repr(scalar) if math.isfinite(scalar) else number(scalar)
    where = f"{shape_text(summary.shape)} · norm {summary.norm:.6g} · {summary.low:.6g} … {summary.high:.6g}"
    if summary.array is None:
        return f"{where} · mean {summary.mean:.6g}"
    return f"{where}\n{np.array2string(summary.array, precision=6, max_line_width=70)}"
