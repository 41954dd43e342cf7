"""Formulas and findings in words, as panels write them."""

from __future__ import annotations

import re

import numpy as np
from PySide6.QtCore import QCoreApplication

from gradstudio.engine.gate import Shape, shape_text
from gradstudio.training.activations import FLAT
from gradstudio.training.snapshot import ActivationSample
from gradstudio.ui.texts import number

translate = QCoreApplication.translate
_SPACES = re.compile(r"\\[,;:! ]|~")
_TEXT = re.compile(r"\\text\{([^{}]*)\}")
_FRACTION = re.compile(r"\\frac\{([^{}]*)\}\{([^{}]*)\}")
_RAISED = re.compile(r"\^(?:\{([^{}]*)\}|(\w))")
_LOWERED = re.compile(r"_(?:\{([^{}]*)\}|(\w))")
_UP = str.maketrans("0123456789-+nxT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿˣᵀ")
_DOWN = str.maketrans("0123456789ij", "₀₁₂₃₄₅₆₇₈₉ᵢⱼ")
_NAMES = {
    "sigma": "σ", "alpha": "α", "lambda": "λ", "Delta": "Δ", "cdot": "·", "sum": "∑", "ne": "≠", "le": "≤", "ge": "≥",
    "max": "max", "min": "min", "tanh": "tanh", "ln": "ln", "exp": "exp", "sin": "sin", "cos": "cos",
    "left": "", "right": "",
}  # fmt: skip


def plain_formula(latex: str) -> str:
    """A simple formula as one line of text: "max(0, x)". Empty where it holds more than this knows."""
    text = _TEXT.sub(r" \1 ", _SPACES.sub(" ", latex))
    text = _RAISED.sub(lambda m: (m[1] or m[2]).translate(_UP), text)
    text = _LOWERED.sub(lambda m: (m[1] or m[2]).translate(_DOWN), text)
    text = _FRACTION.sub(lambda m: f"{_grouped(m[1])}/{_grouped(m[2])}", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda m: _NAMES.get(m[1], m[0]), text)
    text = re.sub(r"\s+", " ", text).replace("- ", "− ").replace("-", "−").strip()
    return "" if re.search(r"[\\{}^_]", text) else text


def right_side(formula: str) -> str:
    """What the output is equal to: "max(0, x)" of "z = max(0, x)"."""
    return formula.partition(" = ")[2] or formula


def shapes_line(formula: str, shape_in: Shape | None, shape_out: Shape | None) -> str:
    """The line under a gate's name: "max(0, x) · input 300×100 · output 300×100"."""
    parts = [formula] if formula else []
    if shape_in is not None:
        parts.append(f"input {shape_text(shape_in)}")
    if shape_out is not None:
        parts.append(f"output {shape_text(shape_out)}")
    return "  ·  ".join(parts)


def short_shapes_line(formula: str, shape_in: Shape | None, shape_out: Shape | None) -> str:
    """The same for little room: "max(0, x) · 300×100 → 300×100"."""
    shapes = " → ".join(shape_text(shape) for shape in (shape_in, shape_out) if shape is not None)
    return "  ·  ".join(part for part in (formula, shapes) if part)


def never_fires(sample: ActivationSample) -> bool:
    """Whether the flat part of the curve lies at 0, as that of ReLU: a unit there is silent, not saturated."""
    flat = np.abs(sample.slope) < FLAT
    return bool(flat.any()) and bool(np.all(np.abs(sample.curve_y[flat]) < FLAT))


def operating_point(sample: ActivationSample) -> tuple[float, float, float] | None:
    """Input, output and slope where all inputs are one number; else None."""
    full = np.flatnonzero(sample.inputs.counts)
    if len(full) != 1 or sample.inputs.counts.sum() == 0:
        return None
    x = float(sample.inputs.edges[full[0] : full[0] + 2].mean())
    i = int(np.argmin(np.abs(sample.curve_x - x)))
    return float(sample.curve_x[i]), float(sample.curve_y[i]), float(sample.slope[i])


def findings(sample: ActivationSample) -> tuple[str, str]:
    """A sentence on the slope where the inputs are, and a warning where whole units have none (else empty)."""
    point = operating_point(sample)
    if point is not None:
        x, y, slope = (number(value) for value in point)
        return translate("ActivationPanel", "At input {0} the output is {1}, the slope {2}.").format(x, y, slope), ""
    share = translate("ActivationPanel", "The slope is about 0 at {0} of the inputs.").format(percent(sample.flat))
    if sample.flat == 0.0:
        share = translate("ActivationPanel", "At no input is the slope about 0.")
    dead, units = sample.dead_units
    if not dead or units < 2:
        return share, ""
    if never_fires(sample):
        words = translate("ActivationPanel", "{0} of {1} units never fire on this data.")
    else:
        words = translate("ActivationPanel", "{0} of {1} units are saturated on all of this data.")
    return share, words.format(dead, units)


def percent(share: float) -> str:
    """A share without false precision, and never a 0 or 100 that isn't one."""
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    if share < 0.01:
        return f"{max(100 * share, 0.01):.2g} %"
    return f"{min(100 * share, 99.9):.1f} %" if share > 0.99 else f"{100 * share:.0f} %"


def _grouped(text: str) -> str:
    return f"({text})" if re.search(r"[ +\-]", text) else text
