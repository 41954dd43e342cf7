"""The error function and the normal distribution, to the last digits: numpy has neither.

The error function is that of W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23 (1969), pages 631-637: one quotient of polynomials for each of three ranges of |x|.

For kernels, which go through all entries alike, the tail of the distribution is e^(−x²/2) times one polynomial of
s = 2/(1 + 0.3·|x|) − 1, which runs from 1 at 0 to −1 at infinity. Its coefficients interpolate the true tail at the
Chebyshev points of s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradstudio.engine.gate import Array, Kernels

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

BEND = 0.3
TAILS = {
    4: (
        *(1.3361760447327552e-4, -1.0388999127782703e-4, -1.4630683102578239e-3, -3.3396645048020413e-4),
        *(1.4778924337431984e-2, 5.7163368128864647e-2, 0.12556528768813047, 0.19327442514309315),
        0.11098530691721635,
    ),
    8: (
        *(-2.4450104596146951e-9, 1.1122418372059430e-8, 5.9904844279870455e-9, -9.5757032709616117e-8),
        *(8.3123307551027051e-8, 4.0501015492771027e-7, -8.8103998464322592e-7, -9.7841864056750475e-7),
        *(5.4947227475557414e-6, -2.0901652326749236e-7, -3.0437806699069907e-5, 2.0200441299399939e-5),
        *(1.8688870381145125e-4, -1.4600347780365481e-4, -1.4997695531192769e-3, -3.0338030705834491e-4),
        *(1.4788750634908773e-2, 5.7155001442844022e-2, 0.12556456075233549, 0.19327504896034295),
        0.11098530691721624,
    ),
}
"""Coefficients by the bytes of an entry, the highest power first: right to 2e-8 and 1e-15."""
NOTHING = {4: 12.5, 8: 37.0}
"""From where on the tail is nothing, and further numbers would only be too small to reckon with quickly."""


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


def tail_ahead(k: Kernels, x: Array, work: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """Calls that compute |x|, cut off where the tail ends, then Φ(−|x|) and e^(−x²/2), in three arrays of x's shape."""
    size, s, bell = work
    first, *others = TAILS[k.dtype.itemsize]
    k.ahead(np.absolute, x, out=size)
    k.ahead(np.minimum, size, k.const(NOTHING[k.dtype.itemsize]), out=size)
    k.ahead(np.multiply, size, k.const(BEND), out=s)
    k.ahead(np.add, s, k.const(1), out=s)
    k.ahead(np.divide, k.const(2), s, out=s)
    k.ahead(np.subtract, s, k.const(1), out=s)
    k.ahead(np.multiply, s, k.const(first), out=bell)
    for coefficient in others[:-1]:
        k.ahead(np.add, bell, k.const(coefficient), out=bell)
        k.ahead(np.multiply, bell, s, out=bell)
    k.ahead(np.add, bell, k.const(others[-1]), out=bell)
    k.ahead(np.square, size, out=s)
    k.ahead(np.multiply, s, k.const(-0.5), out=s)
    k.ahead(np.exp, s, out=s)
    k.ahead(np.multiply, bell, s, out=bell)
    return size, bell, s
