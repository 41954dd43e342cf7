"""Update rules against the formulas of their sources."""

from __future__ import annotations

import numpy as np

from gradstudio.engine.optimizers import RULES, SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSProp

START = np.array([1.0, -2.0, 0.5])
GRADIENTS = [np.array([0.1, -0.2, 0.0]), np.array([0.3, 0.4, -0.5]), np.array([-1.0, 0.0, 2.0])]


def test_sgd() -> None:
    """SGD subtracts learning rate × gradient."""
    x = START.copy()
    rule = SGD(x, 0.5)
    for step, g in enumerate(GRADIENTS):
        rule.update(g, step)
    np.testing.assert_allclose(x, START - 0.5 * sum(GRADIENTS), rtol=1e-15)


def test_momentum() -> None:
    """Momentum follows v ← μv − αg, x ← x + v."""
    x, expected, v = START.copy(), START.copy(), np.zeros(3)
    rule = Momentum(x, 0.1)
    rule.momentum = 0.8
    for step, g in enumerate(GRADIENTS):
        rule.update(g, step)
        v = 0.8 * v - 0.1 * g
        expected = expected + v
    np.testing.assert_allclose(x, expected, rtol=1e-14)


def test_adam() -> None:
    """Adam follows algorithm 1 of Kingma and Ba."""
    x, expected, m, v = START.copy(), START.copy(), np.zeros(3), np.zeros(3)
    rule = Adam(x, 0.01)
    for step, g in enumerate(GRADIENTS):
        rule.update(g, step)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        t = step + 1
        expected = expected - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    np.testing.assert_allclose(x, expected, rtol=1e-12)


def test_nesterov() -> None:
    """Nesterov's momentum follows v′ ← μv − αg, x ← x − μv + (1 + μ)v′."""
    x, expected, v = START.copy(), START.copy(), np.zeros(3)
    rule = Nesterov(x, 0.1)
    rule.momentum = 0.8
    for step, g in enumerate(GRADIENTS):
        rule.update(g, step)
        before, v = v, 0.8 * v - 0.1 * g
        expected = expected - 0.8 * before + 1.8 * v
    np.testing.assert_allclose(x, expected, rtol=1e-14)


def test_adagrad_and_rmsprop() -> None:
    """Both divide by the root of squared gradients: their sum, or their running mean with ρ = 0.99."""
    x, y, total, mean = START.copy(), START.copy(), np.zeros(3), np.zeros(3)
    expected_x, expected_y = START.copy(), START.copy()
    one, other = AdaGrad(x, 0.1), RMSProp(y, 0.1)
    for step, g in enumerate(GRADIENTS):
        one.update(g, step)
        other.update(g, step)
        total, mean = total + g * g, 0.99 * mean + 0.01 * g * g
        expected_x = expected_x - 0.1 * g / (np.sqrt(total) + 1e-8)
        expected_y = expected_y - 0.1 * g / (np.sqrt(mean) + 1e-8)
    np.testing.assert_allclose(x, expected_x, rtol=1e-12)
    np.testing.assert_allclose(y, expected_y, rtol=1e-12)


def test_adamw_takes_decay_from_the_parameters() -> None:
    """AdamW shrinks the parameters by αλ and then goes where Adam goes."""
    x, y = START.copy(), START.copy()
    one, other = AdamW(x, 0.1), Adam(y, 0.1)
    one.weight_decay = 0.5
    one.update(GRADIENTS[0], 0)
    y *= 1 - 0.1 * 0.5
    other.update(GRADIENTS[0], 0)
    np.testing.assert_array_equal(x, y)


def test_float32_stays_float32() -> None:
    """No update widens float32 parameters or their state."""
    for kind in RULES:
        x = START.astype(np.float32)
        rule = kind(x, 0.1)
        rule.update(GRADIENTS[0].astype(np.float32), 0)
        assert rule.parameters.dtype == np.float32
        assert all(a.dtype == np.float32 for a in rule.state.values())
