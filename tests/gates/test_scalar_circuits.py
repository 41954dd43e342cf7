"""Scalar gates that are computed as one vector give what each of them gives alone."""

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.engine import backprop
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.circuit import FEWEST
from gradstudio.engine.gate import Gate
from gradstudio.engine.graph import GraphBuilder
from gradstudio.engine.plan import Plan
from gradstudio.testing.cases import settings

COPIES = FEWEST
EVERY = [(gate, params) for gate in CATALOG if gate.elementwise for params in settings(gate)]


@pytest.mark.parametrize(("kind", "params"), EVERY, ids=lambda part: getattr(part, "id", str(part)))
@np.errstate(all="ignore")
def test_a_crowd_of_scalars(kind: type[Gate], params: dict[str, object]):
    """Values and gradients of a circuit of many copies are those of the short backpropagation, gate by gate."""
    random, g = np.random.default_rng(3), GraphBuilder()
    ends = []
    for i in range(COPIES):
        inputs = [g.parameter(f"p{i}_{k}", random.uniform(0.3, 2)) for k in range(len(kind.inputs))]
        ends.append(g.add(kind(**params), *inputs, name=f"g{i}"))
    graph = g.graph(*ends)
    plan = Plan(graph, np.float64)
    plan.run()
    values = backprop.forward(graph)
    gradients = backprop.backward(graph, values)
    assert plan.calls < 2 * COPIES  # by itself each gate makes at least a call each way
    found, right = [plan.value(slot) for slot in values], list(values.values())
    np.testing.assert_allclose(np.array(found), right, rtol=1e-14)
    slopes, known = [plan.gradient(slot) for slot in values], [gradients[slot] for slot in values]
    np.testing.assert_allclose(np.array(slopes), known, rtol=1e-14, atol=1e-15)
