"""GradStudio's own engine, used as anybody would: a graph built in Python, a plan, an optimiser."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle
from types import MappingProxyType

import gradstudio.gates  # noqa: F401 - fills the catalogue
from benchmarks.engine.circuits import TANH, Circuit
from benchmarks.engine.runner import Runner, Unsupported
from benchmarks.engine.workloads import Array, Layer, Network, Workload
from gradstudio.accelerate import switch_on
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import UnknownGate
from gradstudio.engine.gate import Gate, Kind, Port
from gradstudio.engine.graph import Feed, GraphBuilder, Slot
from gradstudio.engine.optimizers import OPTIMIZERS
from gradstudio.engine.plan import Plan


class Samples(Gate):
    """The inputs of a batch."""

    id = "samples"
    outputs = (Port("x", gradient=False),)


class Classes(Gate):
    """The classes of a batch."""

    id = "classes"
    outputs = (Port("y", kind=Kind.LABELS, gradient=False),)


GATES: MappingProxyType[str, Callable[[Layer], Gate]] = MappingProxyType(
    {
        "dense": lambda layer: gate("dense", units=layer.outputs),
        "relu": lambda _: gate("relu"),
        "tanh": lambda _: gate("tanh"),
        "sigmoid": lambda _: gate("sigmoid"),
        "conv": lambda layer: gate("conv2d", filters=layer.outputs, kernel=3, stride=1, padding=1),
        "pool": lambda _: gate("max_pool2d", kernel=2, stride=2),
        "flatten": lambda _: gate("flatten"),
    }
)

LOSSES = MappingProxyType({"cross_entropy": "softmax_cross_entropy", "squared_error": "mean_squared_error"})


class Trained(Runner):
    """A graph whose objective is minimised."""

    def __init__(self, dtype: str, optimizer: str, rate: float, build: Callable[[GraphBuilder], list[Slot]]) -> None:
        super().__init__()
        start = time.perf_counter()
        builder = GraphBuilder()
        objective = build(builder)
        graph = builder.graph(*objective)
        built = time.perf_counter()
        self.plan = Plan(graph, dtype)
        self.facts["nodes"] = len(graph.nodes)
        self.facts["build_ms"] = (built - start) * 1e3
        self.facts["compile_ms"] = (time.perf_counter() - built) * 1e3
        self.optimizer = OPTIMIZERS[optimizer](self.plan.parameters, rate)
        self.done = 0
        self.facts["calls"] = self.plan.calls

    def loss(self) -> float:
        """The objective of the last step."""
        return self.plan.objective()


class TrainedNetwork(Trained):
    """Layers fed with a batch."""

    def __init__(self, net: Network) -> None:
        super().__init__(net.dtype, net.optimizer, net.rate, lambda builder: self._wire(net, builder))
        self._batches = cycle(net.batches)

    def step(self) -> None:
        """Feed a batch, forward and backward, update."""
        plan, (x, y) = self.plan, next(self._batches)
        plan.feed(self.x, x)
        plan.feed(self.y, y)
        plan.run()
        self.optimizer.update(plan.gradients, self.done)
        self.done += 1

    def _wire(self, net: Network, builder: GraphBuilder) -> list[Slot]:
        x, y = net.batches[0]
        self.x = builder.add(Feed(Samples(), (x,)), name="x")
        self.y = builder.add(Feed(Classes() if y.dtype.kind == "i" else Samples(), (y,)), name="y")
        at, starts, weights = self.x, iter(net.starts), []
        for layer in net.layers:
            made = GATES[layer.kind](layer)
            own: dict[str, Array] = {w.name: next(starts).copy() for w in made.active_weights()}
            at = builder.add(made, at, starts=own)
            if own:
                weights.append(builder.nodes[at.node].inputs[1])
        penalty = [builder.add(gate("l2", strength=net.decay), *weights)] if net.decay else []
        return [builder.add(gate(LOSSES[net.loss]), at, self.y), *penalty]


class TrainedCircuit(Trained):
    """Scalar gates, each a node of its own."""

    def __init__(self, circuit: Circuit) -> None:
        super().__init__("float64", "sgd", circuit.rate, lambda builder: self._wire(circuit, builder))

    def step(self) -> None:
        """Forward and backward, update."""
        self.plan.run()
        self.optimizer.update(self.plan.gradients, self.done)
        self.done += 1

    def gradients(self) -> list[float]:
        """Those of the leaves."""
        found = [self.plan.gradient(slot) for slot in self.leaves]
        return [0.0 if gradient is None else float(gradient) for gradient in found]

    def _wire(self, circuit: Circuit, builder: GraphBuilder) -> list[Slot]:
        self.leaves = [builder.parameter(f"leaf{i}", start) for i, start in enumerate(circuit.leaves)]
        slots, gates = list(self.leaves), [CATALOG.get(name) for name in ("add", "multiply", "tanh")]
        for kind, left, right in circuit.tape:
            inputs = (slots[left],) if kind == TANH else (slots[left], slots[right])
            slots.append(builder.add(gates[kind](), *inputs))
        return [slots[i] for i in circuit.ends]


def gate(name: str, **params: object) -> Gate:
    """A gate by its id.

    Raises:
        Unsupported: where the catalogue has none.
    """
    try:
        return CATALOG.get(name)(**params)
    except UnknownGate:
        raise Unsupported(f"there is no gate {name} yet") from None


def build(workload: Workload, _variant: str = "") -> Trained:
    """Make a workload ready, with the accelerator where numba is installed."""
    switch_on()
    return TrainedNetwork(workload) if isinstance(workload, Network) else TrainedCircuit(workload)
