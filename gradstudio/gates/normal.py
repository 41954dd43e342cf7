"""The error function and the normal distribution, to the last digits: numpy has neither.

The error function is that of W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23 (1969), pages 631-637: one quotient of polynomials for each of three ranges of |x|.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradstudio.engine.gate import Array

NEAR, FAR, FARTHEST = 0.46875, 4.0, 30.0
"""Where one range ends and the next begins, and beyond what nothing is left in float64."""

_NEAR_TOP = (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2,
             3.20937758913846947e3)  # fmt: skip
_NEAR_BOTTOM = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
_MID_TOP = (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
            2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
            1.23033935479799725e3)  # fmt: skip
_MID_BOTTOM = (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
               3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3,
               1.23033935480374942e3)  # fmt: skip
_FAR_TOP = (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
            1.60837851487422766e-2, 6.58749161529837803e-4)  # fmt: skip
_FAR_BOTTOM = (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
               2.33520497626869185e-3)  # fmt: skip


def erf(x: Array) -> Array:
    """The error function 2/√π ∫₀ˣ e⁻ᵗ² dt of each entry."""
    size = np.abs(x)
    rest = _gaussian(size, 1) * _scaled_rest(size)
    return np.asarray(np.where(size <= NEAR, _near(x), np.sign(x) * (1 - rest)))


def normal_cdf(x: Array) -> Array:
    """The share of a standard normal distribution below each entry, right to the last digits in its tail as well."""
    y = x * math.sqrt(0.5)
    size = np.abs(y)
    tail = _gaussian(np.abs(x), 0.5) * _scaled_rest(size)
    return np.asarray(np.where(size <= NEAR, 1 + _near(y), np.where(y < 0, tail, 2 - tail)) / 2)


@np.errstate(over="ignore")
def normal_density(x: Array) -> Array:
    """The density of the standard normal distribution at each entry."""
    return np.asarray(np.exp(-x * x / 2) * math.sqrt(0.5 / math.pi))


def _near(x: Array) -> Array:
    """The error function where |x| is small."""
    x = np.clip(x, -NEAR, NEAR)
    square = x * x
    return np.asarray(x * _polynomial(_NEAR_TOP, square) / _polynomial(_NEAR_BOTTOM, square))


def _scaled_rest(size: Array) -> Array:
    """What the error function lacks to 1, times e^(x²), where the entry isn't small."""
    mid, far = np.clip(size, NEAR, FAR), np.clip(size, FAR, FARTHEST)
    inverse = 1 / (far * far)
    rest = inverse * _polynomial(_FAR_TOP, inverse) / _polynomial(_FAR_BOTTOM, inverse)
    beyond = (math.sqrt(1 / math.pi) - rest) / far
    return np.asarray(np.where(size <= FAR, _polynomial(_MID_TOP, mid) / _polynomial(_MID_BOTTOM, mid), beyond))


def _gaussian(size: Array, scale: float) -> Array:
    """The number e^(−scale · x²): what the square of x loses to rounding is made up for by a factor."""
    size = np.clip(size, 0, 2 * FARTHEST)
    coarse = np.trunc(size * 16) / 16
    return np.asarray(np.exp(-scale * coarse * coarse) * np.exp(-scale * (size - coarse) * (size + coarse)))


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """Horner's rule, the highest power first."""
    value = coefficients[0] * x + coefficients[1]
    for coefficient in coefficients[2:]:
        value = value * x + coefficient
    return value
