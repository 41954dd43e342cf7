"""The workloads of `benchmarks.engine` as documents: what a person would have built in the window."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import numpy as np

import gradstudio.gates  # noqa: F401 - fills the catalogue
from benchmarks.engine.circuits import LEAVES, TANH, Circuit
from benchmarks.engine.workloads import Array, Layer, Network, Workload, make
from gradstudio.document.model import Document, Node, Patch, Settings, Wire
from gradstudio.engine.catalog import register
from gradstudio.engine.gate import Category, Gate, Kind, Param, Port, Shape, Value

PITCH = (260.0, 130.0)
Nodes: TypeAlias = dict[int, Node]
Wires: TypeAlias = dict[int, Wire]


class _Samples(Gate):
    """All batches of a workload, one after the other."""

    category = Category.DATA
    params = MappingProxyType({"workload": Param("text", "a", "Name of the workload.")})
    workload: str

    def shape(self) -> tuple[Shape, Shape]:
        """Those of inputs and targets."""
        x, y = self.forward()
        return x.shape, y.shape

    def forward(self) -> tuple[Array, Array]:
        """Inputs and targets."""
        batches = cast("Network", make(self.workload)).batches
        if len(batches[0][0]) < 16:
            return batches[0]
        return np.concatenate([x for x, _ in batches]), np.concatenate([y for _, y in batches])

    def backward(self, *upstream: Array) -> tuple[()]:
        """There is nothing further up."""
        return ()


class ClassSamples(_Samples):
    """Samples with their classes."""

    id = "benchmark_classes"
    title = "Samples with classes"
    outputs = (Port("X", gradient=False), Port("y", kind=Kind.LABELS, gradient=False))


class NumberSamples(_Samples):
    """Samples with numbers as targets."""

    id = "benchmark_numbers"
    title = "Samples with numbers"
    outputs = (Port("X", gradient=False), Port("y", gradient=False))


LAYERS: MappingProxyType[str, tuple[str, MappingProxyType[str, Value]]] = MappingProxyType(
    {
        "dense": ("dense", MappingProxyType({})),
        "relu": ("relu", MappingProxyType({})),
        "tanh": ("tanh", MappingProxyType({})),
        "sigmoid": ("sigmoid", MappingProxyType({})),
        "conv": ("conv2d", MappingProxyType({"kernel": 3, "stride": 1, "padding": 1})),
        "pool": ("max_pool2d", MappingProxyType({"kernel": 2, "stride": 2})),
        "flatten": ("flatten", MappingProxyType({})),
    }
)
UNITS = MappingProxyType({"dense": "units", "conv": "filters"})


def document(workload: Workload, steps: int = 10**9) -> Document:
    """A workload as a document that trains for so many steps."""
    register(ClassSamples)
    register(NumberSamples)
    if isinstance(workload, Circuit):
        return _circuit(workload, steps)
    return _network(workload, steps)


def _network(net: Network, steps: int) -> Document:
    made, classes = Document(), net.loss == "cross_entropy"
    nodes: Nodes = {}
    wires: Wires = {}

    def add(gate: str, inputs: dict[str, tuple[int, str]], **params: Value) -> int:
        i = made.new_id()
        row = 0.0 if gate != "l2" else 2 * PITCH[1]
        nodes[i] = Node(i, gate, f"{gate}{i}", MappingProxyType(params), len(nodes) * PITCH[0], row)
        for port, (source, output) in inputs.items():
            wire = made.new_id()
            wires[wire] = Wire(wire, source, output, i, port)
        return i

    data = add("benchmark_classes" if classes else "benchmark_numbers", {}, workload=net.name)
    at, weighty = (data, "X"), []
    for layer in net.layers:
        gate, params = LAYERS[layer.kind]
        node = add(gate, {"x": at}, **params, **_size(layer))
        at = (node, "z")
        weighty += [node] if layer.inputs else []
    loss = _loss(classes, add, at, (data, "y"))
    if net.decay:
        penalty = add("l2", {}, strength=net.decay)
        for node in weighty:
            wire = made.new_id()
            wires[wire] = Wire(wire, node, "W", penalty, "w")
        add("add", {"x": (loss, "loss"), "y": (penalty, "loss")})
    size = net.batch if net.batch >= 16 else None
    made.apply(Patch("Build", nodes, wires, _settings(net.optimizer, net.rate, net.dtype, steps, size)))
    return made


def _loss(classes: bool, add: Any, at: tuple[int, str], target: tuple[int, str]) -> int:
    if classes:
        return cast("int", add("softmax_cross_entropy", {"scores": at, "labels": target}))
    return cast("int", add("mean_squared_error", {"prediction": at, "target": target}))


def _size(layer: Layer) -> dict[str, Value]:
    return {UNITS[layer.kind]: layer.outputs} if layer.outputs else {}


def _settings(optimizer: str, rate: float, dtype: str, steps: int, size: int | None) -> Settings:
    return Settings(optimizer, rate, steps=steps, dtype=dtype, batch_size=size)  # type: ignore[arg-type]


def _circuit(circuit: Circuit, steps: int) -> Document:
    """Leaves and gates in columns by level, as a person might lay them out."""
    made = Document()
    nodes: Nodes = {}
    wires: Wires = {}
    count = LEAVES + len(circuit.kinds)
    for i, (gate, level, row) in enumerate(_places(circuit), 1):
        params = MappingProxyType({"value": np.array(circuit.leaves[i - 1])}) if i <= LEAVES else MappingProxyType({})
        nodes[i] = Node(i, gate, f"n{i}", params, level * PITCH[0], row * PITCH[1])
    for i, (kind, left, right) in enumerate(circuit.tape, LEAVES + 1):
        for port, source in (("x", left),) if kind == TANH else (("x", left), ("y", right)):
            wire = count + len(wires) + 1
            wires[wire] = Wire(wire, source + 1, "value" if source < LEAVES else "z", i, port)
    made.apply(Patch("Build", nodes, wires, _settings("sgd", circuit.rate, "float64", steps, None)))
    return made


def _places(circuit: Circuit) -> Iterator[tuple[str, int, int]]:
    """Gate, level and row within the level of every node."""
    levels = [0] * LEAVES
    rows: dict[int, int] = {0: LEAVES}
    yield from (("parameter", 0, row) for row in range(LEAVES))
    for kind, left, right in circuit.tape:
        level = 1 + max(levels[left], levels[right])
        levels.append(level)
        rows[level] = rows.get(level, 0) + 1
        yield ("add", "multiply", "tanh")[kind], level, rows[level] - 1
