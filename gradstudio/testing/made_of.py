"""What a gate says it is made of computes the same as the gate."""

from __future__ import annotations

import itertools

import numpy as np

from gradstudio.engine.alone import Weighted
from gradstudio.engine.formula import Expression, Formula
from gradstudio.engine.gate import Array
from gradstudio.engine.insides import has_insides
from gradstudio.engine.plan import Plan
from gradstudio.testing.cases import Case, GateClass, cases, require
from gradstudio.testing.running import run
from gradstudio.testing.truths import truth

TRIED = 12
"""Cases tried of each gate."""
CLOSE = 1e-11
"""How far numbers of size 1 may lie apart: another order of operations costs digits where differences are divided."""


@truth
def the_gates_inside_it_compute_the_same(kind: GateClass) -> None:
    """Outputs and all gradients of `expand` are those of `forward` and `backward`, while training."""
    if not has_insides(kind):
        return
    full = (case for case in cases(kind) if case.training and all(array.size for array in case.arrays))
    for case in itertools.islice(full, TRIED):
        _compare(case)


def _compare(case: Case) -> None:
    formula, gate = Formula(), case.gate()
    given = [
        formula.parameter(f"in{i}", array) if array.dtype.kind == "f" else formula.feed(f"in{i}", array, labels=True)
        for i, array in enumerate(case.arrays)
    ]
    made = gate.expand(*given)
    if made is None:
        return
    outputs = made if isinstance(made, tuple) and not isinstance(made, Expression) else (made,)
    require(len(outputs) == len(gate.outputs), f"{case}: expand gives {len(outputs)} outputs.")
    ends = [formula.add(Weighted(dz), end) for end, dz in zip(outputs, case.upstream, strict=True)]
    plan = Plan(formula.graph(*ends), np.float64)
    plan.run()
    wanted, gradients = run(case)
    for end, z in zip(outputs, wanted, strict=True):
        require(_close(plan.value(end), z), f"{case}: inside, the output is another one.")
    for i in case.real():
        found = plan.gradient(given[i])
        require(_close(np.zeros_like(case.arrays[i]) if found is None else found, gradients[i]), _other(case, i))


def _close(a: Array, b: Array | None) -> bool:
    size = max(1.0, float(np.abs(a).max(initial=0.0)))
    return b is not None and np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=0, atol=CLOSE * size))


def _other(case: Case, i: int) -> str:
    return f"{case}: inside, the gradient of array {i} is another one."
