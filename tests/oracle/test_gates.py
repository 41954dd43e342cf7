"""Every gate of the catalogue against PyTorch, run in a plan: values and gradients, in both precisions."""

from __future__ import annotations

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401  registers all gates
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Kind
from gradstudio.engine.graph import Graph, GraphBuilder, Slot
from gradstudio.engine.plan import Plan
from gradstudio.testing import Case, cases
from tests.oracle.agreement import require_agreement
from tests.oracle.torch_gates import ALONE, TABLE
from tests.oracle.torch_graph import compute

GATES = [gate.id for gate in CATALOG if gate.id in TABLE]


def test_every_gate_has_an_oracle() -> None:
    """A gate of the catalogue is in PyTorch's table, or has no inputs and a reason for not being there."""
    ids = {gate.id for gate in CATALOG}
    assert ids - TABLE.keys() - ALONE.keys() == set(), "add the PyTorch function to tests/oracle/torch_gates.py"
    assert {gate_id for gate_id in ALONE if CATALOG.get(gate_id).inputs} == set()
    assert (TABLE.keys() | ALONE.keys()) - ids == set(), "there are no such gates any more"


def graph_of(case: Case) -> Graph:
    """A case as a graph: the sum of its outputs times their upstream gradients."""
    g = GraphBuilder()
    gate, count = case.gate(), len(case.input_shapes())
    labels = [array.dtype.kind != "f" for array in case.arrays[:count]]
    inputs = [
        g.feed(f"x{i}", case.arrays[i], labels=True) if labels[i] else g.parameter(f"x{i}", case.arrays[i])
        for i in range(count)
    ]
    starts = {w.name: a for w, a in zip(gate.active_weights(), case.arrays[count:], strict=True)}
    first = g.add(gate, *inputs, name="gate", starts=starts, seed=gate.place)
    ends = [
        g.add(CATALOG.get("multiply")(), Slot(first.node, k), g.parameter(f"dz{k}", dz))
        for k, dz in enumerate(case.upstream)
        if gate.outputs[k].kind is Kind.REAL
    ]
    return g.graph(*ends)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("gate_id", GATES)
def test_gate(gate_id: str, dtype: type) -> None:
    """In every shape and setting tried of it, a gate's outputs and gradients are PyTorch's."""
    for case in cases(CATALOG.get(gate_id)):
        plan = Plan(graph_of(case), dtype)
        plan.mode.training, plan.mode.step, plan.mode.seed = case.training, 3, 5
        plan.run()
        require_agreement(plan, *compute(plan))
