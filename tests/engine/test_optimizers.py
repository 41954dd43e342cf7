"""Update rules against the formulas of their sources."""

from __future__ import annotations

import numpy as np

from gradstudio.engine.optimizers import SGD, Adam, Momentum

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


def test_float32_stays_float32() -> None:
    """No update widens float32 parameters or their state."""
    for kind in (SGD, Momentum, Adam):
        x = START.astype(np.float32)
        rule = kind(x, 0.1)
        rule.update(GRADIENTS[0].astype(np.float32), 0)
        assert rule.parameters.dtype == np.float32
        assert all(a.dtype == np.float32 for a in rule.state.values())
