"""The engine, as the benchmark uses it, computes what plain numpy does."""

from __future__ import annotations

import pytest

from benchmarks.engine import peer_gradstudio, peer_numpy
from benchmarks.engine.circuits import Circuit
from benchmarks.engine.rounds import differences
from benchmarks.engine.runner import Runner
from benchmarks.engine.worker import first_losses
from benchmarks.engine.workloads import make


def told(runner: Runner) -> dict[str, list[float]]:
    """What a worker answers about its first steps."""
    return {"losses": first_losses(runner, 5), "gradients": runner.gradients()}


@pytest.mark.parametrize("name", ["a", "b", "b64", "c", "f", "g3", "deep:500"])
def test_losses_are_the_same(name: str) -> None:
    """Losses of the first steps, and gradients of a circuit, are those of plain numpy."""
    workload = make(name).checked()
    ours, plain = peer_gradstudio.build(workload), peer_numpy.build(workload)
    assert differences(workload, {"gradstudio": told(ours), "numpy": told(plain)}) == []


def test_a_circuit_shows_the_gradient_of_every_leaf() -> None:
    """Gradients are there to be compared."""
    circuit = make("g3")
    assert isinstance(circuit, Circuit)
    runner = peer_gradstudio.build(circuit)
    runner.step()
    assert len(runner.gradients()) == len(circuit.leaves)
    assert any(runner.gradients())


@pytest.mark.parametrize("name", ["a", "g3"])
def test_facts_are_told(name: str) -> None:
    """Our peer tells how large the graph is, how long it took to build and compile, and the number of calls."""
    facts = peer_gradstudio.build(make(name)).facts
    assert facts.keys() == {"nodes", "build_ms", "compile_ms", "calls"}
    assert min(facts.values()) > 0
