import re

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Category
from gradstudio.gates.activation import ReLU, Sigmoid
from gradstudio.training.snapshot import ActivationSample, Distribution
from gradstudio.ui.panels.words import findings, percent, plain_formula, right_side, shapes_line

X = np.linspace(-6, 6, 121)


def sample(gate, inputs, *, flat=0.0, dead=(0, 1)):
    """An activation sample of a gate with these histogram counts between -2 and 2."""
    y, slope = gate.curve(X)
    counts = np.array(inputs)
    distribution = Distribution(counts, np.linspace(-2, 2, len(counts) + 1))
    return ActivationSample(1, distribution, distribution, X, y, slope, flat, dead)


def test_no_latex_is_left():
    """A formula in words holds no LaTeX; that of every activation can be said."""
    for gate in CATALOG:
        text = plain_formula(gate.formula)
        assert not re.search(r"[\\{}^_]", text)
        assert text or gate.category is not Category.ACTIVATION


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"z = \max(0, x)", "z = max(0, x)"),
        (r"\sigma(x) = \frac{1}{1 + e^{-x}}", "σ(x) = 1/(1 + e⁻ˣ)"),
        (r"z = \frac{1}{x}", "z = 1/x"),
        (r"\begin{cases}x\end{cases}", ""),
    ],
)
def test_plain_formula(latex, text):
    """Simple LaTeX becomes a line of text, anything else nothing."""
    assert plain_formula(latex) == text


def test_line_of_shapes():
    """The line under a title has the formula's right side and the shapes that are known."""
    assert right_side("z = max(0, x)") == "max(0, x)"
    assert shapes_line("max(0, x)", (300, 100), ()) == "max(0, x)  ·  input 300×100  ·  output scalar"
    assert shapes_line("", None, (3,)) == "output 3"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (0.004, "0.4 %"), (0.00001, "0.01 %"), (0.463, "46 %"), (0.9999, "99.9 %"), (1.0, "100 %")],
)
def test_percent(share, text):
    """Only none is 0 %, and only all is 100 %."""
    assert percent(share) == text


def test_dead_units_of_relu():
    """Flat units of ReLU never fire."""
    share, warning = findings(sample(ReLU(), [5, 1, 4], flat=0.6, dead=(12, 100)))
    assert share == "The slope is about 0 at 60 % of the inputs."
    assert warning == "12 of 100 units never fire on this data."


def test_saturated_units_of_sigmoid():
    """Flat units of sigmoid are saturated, not silent."""
    assert findings(sample(Sigmoid(), [5, 1, 4], flat=0.6, dead=(3, 10)))[1].startswith("3 of 10 units are saturated")


def test_nothing_to_warn_of():
    """Without flat units there is no warning."""
    assert findings(sample(ReLU(), [5, 1, 4], dead=(0, 100))) == ("At no input is the slope about 0.", "")


def test_a_single_input():
    """One number that goes in is told with its output and slope."""
    assert findings(sample(ReLU(), [0, 0, 1, 0, 0]))[0] == "At input 0 the output is 0, the slope 0."
