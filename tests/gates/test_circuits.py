"""Single gates at the numbers of the course's circuits (worked examples 1, 2, 4, 5 and 9)."""

import numpy as np
import pytest

from gradstudio.gates.activation import ELU, LeakyReLU, ReLU, Sigmoid, Tanh
from gradstudio.gates.arithmetic import Add, Divide, Max, Multiply, Negate, Subtract
from gradstudio.gates.functions import Exp, Log, Power, Reciprocal
from gradstudio.gates.linear import MatMul
from gradstudio.gates.reduce import Mean, Sum


def test_multiply_is_the_gate_of_the_lecture_notes():
    """x=4, y=-3: the product is -12, dx = y·dz and dy = x·dz, and that is all the state there is."""
    gate = Multiply()
    assert gate.forward(np.array(4.0), np.array(-3.0)) == -12
    assert vars(gate) == {"x": 4, "y": -3}
    assert [float(d) for d in gate.backward(np.array(1.0))] == [-3, 4]
    assert gate.explain((4, -3), 1) == ("∂f/∂x = y × upstream = -3 × 1 = -3", "∂f/∂y = x × upstream = 4 × 1 = 4")


def test_multiply_explains_with_the_upstream_gradient():
    """In f = (x+y)·z each line multiplies the local gradient with the upstream one."""
    assert Multiply().explain((3, -4), 2)[0] == "∂f/∂x = y × upstream = -4 × 2 = -8"


def test_explaining_leaves_the_run_alone():
    """What a gate kept for its backward pass is still there after it explained itself with other numbers."""
    gate = Multiply()
    gate.forward(np.array(4.0), np.array(-3.0))
    gate.explain((1, 1), 1)
    assert vars(gate) == {"x": 4, "y": -3}


@pytest.mark.parametrize(("x", "y", "wanted"), [(4, 2, (1, 0)), (2, 4, (0, 1)), (3, 3, (1, 0)), (0, -0.0, (1, 0))])
def test_max_routes_to_the_larger_and_a_tie_to_the_first(x, y, wanted):
    """The whole gradient goes one way, so that the gradients always add up to the upstream one."""
    gate = Max()
    assert gate.forward(np.array(float(x)), np.array(float(y))) == max(x, y)
    assert gate.backward(np.array(1.0)) == wanted
    assert gate.branch(np.array(float(x)), np.array(float(y))) == bool(wanted[0])
    assert gate.explain((x, y), 1) == (
        f"∂f/∂x = [x ≥ y] × upstream = {wanted[0]} × 1 = {wanted[0]}",
        f"∂f/∂y = [x < y] × upstream = {wanted[1]} × 1 = {wanted[1]}",
    )


@pytest.mark.parametrize("gate", [Max(), ReLU(), LeakyReLU(), ELU()])
def test_a_kink_lies_between_two_branches(gate):
    """Just above and just below the kink, `branch` differs; on one side it doesn't."""
    other = [np.array(0.0)] * (len(gate.inputs) - 1)
    assert gate.branch(np.array(1e-5), *other) != gate.branch(np.array(-1e-5), *other)
    assert gate.branch(np.array(1e-5), *other) == gate.branch(np.array(2e-5), *other)


def test_the_sigmoid_neuron_in_gates():
    """×(−1), exp, +1 and 1/x at 1 have the values and gradients of worked example 4."""
    steps = [Negate(), Exp(), Add(), Reciprocal()]
    x, seen = np.array(1.0), []
    for gate in steps:
        x = gate.forward(x, np.array(1.0)) if isinstance(gate, Add) else gate.forward(x)
        seen.append(float(x))
    assert seen == pytest.approx([-1, 0.36787944, 1.36787944, 0.73105858], abs=5e-9)
    dz, back = np.array(1.0), []
    for gate in reversed(steps):
        dz = gate.backward(dz)[0] if isinstance(gate, Add) else gate.backward(dz)
        back.append(float(dz))
    assert back == pytest.approx([-0.53444665, -0.53444665, -0.19661193, 0.19661193], abs=5e-9)


def test_the_sigmoid_gate():
    """σ(1) = 0.73105858 with the local gradient (1 − σ)·σ = 0.19661193."""
    gate = Sigmoid()
    assert float(gate.forward(np.array(1.0))) == pytest.approx(0.73105858, abs=5e-9)
    assert float(gate.backward(np.array(1.0))) == pytest.approx(0.19661193, abs=5e-9)
    assert gate.explain((1.0,), 1.0) == ("∂f/∂x = (1 − σ)·σ × upstream = 0.1966 × 1 = 0.1966",)


def test_tanh_is_a_sigmoid_in_disguise():
    """Tanh x = 2σ(2x) − 1."""
    x = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(Tanh().forward(x), 2 * Sigmoid().forward(2 * x) - 1, atol=1e-15)


@pytest.mark.parametrize(
    ("gate", "value", "slope"), [(ReLU(), 0, 0), (LeakyReLU(), 0, 0.1), (ELU(), 0, 1), (ELU(alpha=2), 0, 2)]
)
def test_at_zero_the_lower_branch_counts(gate, value, slope):
    """x = 0 belongs to x ≤ 0: ReLU kills there."""
    assert gate.forward(np.array(0.0)) == value
    assert gate.backward(np.array(1.0)) == slope


def test_leaky_relu_leaks_as_in_the_lecture():
    """max(0.1x, x)."""
    x = np.array([-3.0, -0.5, 0.0, 2.0])
    np.testing.assert_array_equal(LeakyReLU().forward(x), np.maximum(0.1 * x, x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [Sigmoid, Tanh, ReLU, LeakyReLU, ELU])
def test_activations_stay_finite(kind, dtype):
    """At ±10⁴ every activation has a finite value and slope."""
    gate = kind()
    assert np.isfinite(gate.forward(np.array([-1e4, 1e4], dtype))).all()
    assert np.isfinite(gate.backward(np.ones(2, dtype))).all()


def test_sigmoid_keeps_its_digits_far_below_zero():
    """σ(−30) is e⁻³⁰ to the last digits, not 0, and so is its slope."""
    gate = Sigmoid()
    assert float(gate.forward(np.array(-30.0))) == pytest.approx(np.exp(-30.0), rel=1e-12)
    assert float(gate.backward(np.array(1.0))) == pytest.approx(np.exp(-30.0), rel=1e-12)


def test_exp_overflows_to_infinity_without_a_warning():
    """Infinity is the right answer beyond the largest number; who asked for it is told by the engine."""
    assert Exp().forward(np.array(1e4)) == np.inf


def test_what_is_not_defined_is_nan_or_infinite():
    """1/0, ln 0, ln(−1), √−1 and 0/0 raise no warning: their values say it all."""
    zero, minus = np.array(0.0), np.array(-1.0)
    assert Reciprocal().forward(zero) == np.inf
    assert Log().forward(zero) == -np.inf
    assert np.isnan([Log().forward(minus), Power(exponent=0.5).forward(minus), Divide().forward(zero, zero)]).all()


@pytest.mark.parametrize(("n", "wanted"), [(0, 0), (1, 1), (2, 0), (3, 0)])
def test_whole_powers_have_a_slope_at_zero(n, wanted):
    """n·xⁿ⁻¹ at x = 0, the constant x⁰ included."""
    gate = Power(exponent=n)
    gate.forward(np.array(0.0))
    assert gate.backward(np.array(1.0)) == wanted


def test_subtract_and_divide():
    """x − y and x/y at 6, 3 with their gradients 1, −1 and 1/3, −2/3."""
    six, three, one = np.array(6.0), np.array(3.0), np.array(1.0)
    minus, over = Subtract(), Divide()
    assert [float(a) for a in (minus.forward(six, three), *minus.backward(one))] == [3, 1, -1]
    assert [float(a) for a in (over.forward(six, three), *over.backward(one))] == pytest.approx([2, 1 / 3, -2 / 3])


def test_norm_squared_of_a_product():
    """‖Wx‖² built of matmul, power and sum has the values and gradients of worked example 9."""
    W, x = np.array([[0.1, 0.5], [-0.3, 0.8]]), np.array([0.2, 0.4])
    product, square, total = MatMul(), Power(), Sum()
    q = product.forward(W, x)
    f = total.forward(square.forward(q))
    dq = square.backward(total.backward(np.array(1.0)))
    dW, dx = product.backward(dq)
    np.testing.assert_allclose(q, [0.22, 0.26], atol=1e-15)
    assert float(f) == pytest.approx(0.116, abs=1e-15)
    np.testing.assert_allclose(dq, [0.44, 0.52], atol=1e-15)
    np.testing.assert_allclose(dW, [[0.088, 0.176], [0.104, 0.208]], atol=1e-15)
    np.testing.assert_allclose(dx, [-0.112, 0.636], atol=1e-15)


def test_gradients_of_a_matrix_product():
    """For D = W · X, dW = dD · Xᵀ and dX = Wᵀ · dD (worked example 10)."""
    random = np.random.default_rng(0)
    W, X, dD = (random.standard_normal(shape) for shape in ((5, 10), (10, 3), (5, 3)))
    gate = MatMul()
    assert gate.shape(W.shape, X.shape) == gate.forward(W, X).shape == (5, 3)
    dW, dX = gate.backward(dD)
    np.testing.assert_array_equal(dW, dD @ X.T)
    np.testing.assert_array_equal(dX, W.T @ dD)


def test_sum_and_mean_along_an_axis():
    """Along the batch axis a sum gives each column's total and a mean divides by the batch size alone."""
    x = np.arange(6.0).reshape(3, 2)
    total, mean = Sum(axis=0), Mean(axis=0, keepdims=True)
    np.testing.assert_array_equal(total.forward(x), [6, 9])
    np.testing.assert_array_equal(mean.forward(x), [[2, 3]])
    np.testing.assert_allclose(mean.backward(np.array([[3.0, 6.0]])), [[1, 2]] * 3)
