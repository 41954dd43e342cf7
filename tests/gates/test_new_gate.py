"""A gate class made at run time is a full citizen as soon as it is registered."""

import numpy as np
import pytest

from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import ShapeError, UnknownGate
from gradstudio.engine.gate import Array, Category, Gate, Port, Shape, broadcast_shapes
from gradstudio.engine.graph import GraphBuilder
from gradstudio.engine.plan import Plan
from gradstudio.testing import check_gate


def make_hypotenuse() -> type[Gate]:
    """A gate nobody has written before, in the lecture's form, without kernels."""

    class Hypotenuse(Gate):
        id = "hypotenuse"
        title = "Hypotenuse"
        category = Category.ARITHMETIC
        formula = r"z = \sqrt{x^2 + y^2}"
        help = "The length of the vector (x, y)."
        rule = "Hypotenuse scales: each input's gradient is its share x/z of the length × the upstream one."
        inputs = (Port("x"), Port("y"))
        numpy_forward = "{z} = np.hypot({x}, {y})"
        numpy_backward = "{dx} = {x} / {z} * {dz}\n{dy} = {y} / {z} * {dz}"

        def shape(self, x: Shape, y: Shape) -> Shape:
            return broadcast_shapes(x, y)

        def forward(self, x: Array, y: Array) -> Array:
            self.x, self.y = x, y
            self.z = np.asarray(np.hypot(x, y))
            return self.z

        def backward(self, dz: Array) -> tuple[Array, Array]:
            return self.x / self.z * dz, self.y / self.z * dz

    return Hypotenuse


def test_it_keeps_the_contract():
    """The whole contract is checked from its declaration alone."""
    check_gate(make_hypotenuse())


def test_it_is_known_while_it_is_registered():
    """Inside the block it stands on its shelf; afterwards it is unknown again."""
    kind = make_hypotenuse()
    with CATALOG.including(kind):
        assert kind in list(CATALOG)
        assert CATALOG.get("hypotenuse") is kind
    assert "hypotenuse" not in CATALOG
    with pytest.raises(UnknownGate):
        CATALOG.get("hypotenuse")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_runs_in_a_plan(dtype):
    """Without kernels the plan calls its forward and backward: 3, 4 gives 5 with 0.6 and 0.8."""
    with CATALOG.including(make_hypotenuse()):
        g = GraphBuilder()
        x, y = g.parameter("x", 3.0), g.parameter("y", 4.0)
        f = g.add(CATALOG.get("hypotenuse")(), x, y)
    plan = Plan(g.graph(f), dtype)
    plan.run()
    assert (plan.value(f), plan.gradient(x), plan.gradient(y)) == pytest.approx((5, 0.6, 0.8))


def test_it_refuses_shapes_like_any_other():
    """Shapes that don't broadcast are named."""
    with pytest.raises(ShapeError, match="Shapes 2×3 and 4 don't broadcast"):
        make_hypotenuse()().shape((2, 3), (4,))
