"""What the engine benchmark computes."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from benchmarks.engine import peer_numpy
from benchmarks.engine.circuits import LARGEST, LEAVES, MULTIPLY, TANH, Circuit
from benchmarks.engine.rounds import CLOSE
from benchmarks.engine.workloads import TITLES, Network, make


def depth(name: str) -> int:
    """Number of levels of a circuit."""
    circuit = make(name)
    assert isinstance(circuit, Circuit)
    levels = [0] * LEAVES
    for _, x, y in circuit.tape:
        levels.append(1 + max(levels[x], levels[y]))
    return max(levels)


@pytest.mark.parametrize("name", [*TITLES, "circuit:50", "deep:300", "layers:3", "batch:5"])
def test_the_same_every_time(name: str) -> None:
    """A workload made twice is the same to the last bit."""
    first, second = make(name), make(name)
    for field in fields(first):
        np.testing.assert_equal(getattr(first, field.name), getattr(second, field.name))


@pytest.mark.parametrize("name", [name for name in TITLES if not name.startswith("g")])
def test_networks_are_ready(name: str) -> None:
    """A network has eight different batches of the size and dtype it says, unless it learns XOR."""
    net = make(name)
    assert isinstance(net, Network)
    assert {x.shape for x, _ in net.batches} == {(net.batch, *net.sample)}
    assert {array.dtype for array in (*net.starts, *(x for x, _ in net.batches))} == {np.dtype(net.dtype)}
    assert len({x.tobytes() for x, _ in net.batches}) == (1 if name == "a" else 8)
    assert len(net.batches) == 8


@pytest.mark.parametrize("name", ["g3", "circuit:50", "deep:300"])
def test_circuits_are_circuits(name: str) -> None:
    """Gates read only earlier nodes, values stay small, and every gate is read or added up."""
    circuit = make(name)
    assert isinstance(circuit, Circuit)
    nodes = LEAVES + np.arange(len(circuit.kinds))
    assert (circuit.left < nodes).all()
    assert (circuit.right < nodes).all()
    assert set(circuit.kinds) <= set(range(TANH + 1))
    read = np.concatenate([circuit.left, circuit.right, circuit.outputs])
    assert set(nodes) <= set(read)
    bounded = circuit.forward(np.clip(circuit.leaves, -1, 1).tolist(), np.tanh)
    assert max(map(abs, bounded)) <= LARGEST


def test_deep_is_deep() -> None:
    """A window makes levels in proportion to the gates; without one they hardly grow."""
    assert depth("deep:8000") > 1.8 * depth("deep:4000")
    assert depth("circuit:8000") < 1.4 * depth("circuit:4000")


def test_a_tanh_takes_one_input() -> None:
    """The second operand of a tanh repeats its first."""
    circuit = make("g3")
    assert isinstance(circuit, Circuit)
    assert all(x == y for kind, x, y in circuit.tape if kind == TANH)
    assert any(x != y for kind, x, y in circuit.tape if kind == MULTIPLY)


@pytest.mark.parametrize("name", ["a", "b", "b64", "c", "d"])
def test_wrong_gradients_would_show(name: str) -> None:
    """At the rate at which losses are compared, updates move them by far more than they may differ."""
    net = make(name)
    assert isinstance(net, Network)
    still, moving = (peer_numpy.build(replace(net, rate=rate)) for rate in (0.0, net.check_rate))
    gaps = []
    for _ in range(5):
        still.step()
        moving.step()
        gaps.append(abs(still.loss() - moving.loss()) / still.loss())
    assert gaps[0] == 0
    assert max(gaps) > 5 * CLOSE[net.dtype]


def test_an_unknown_name() -> None:
    """There is no workload of any name but those told."""
    with pytest.raises(KeyError):
        make("h")
