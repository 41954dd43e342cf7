"""What a panel may show: frozen pictures of a running network, each with the run and the revision it belongs to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from gradstudio.document.course import Adjustment
from gradstudio.document.problem import Problem
from gradstudio.engine.gate import Array, Shape

if TYPE_CHECKING:
    from gradstudio.training.looks import Look

NONE: Mapping[Any, Any] = MappingProxyType({})
ROWS = 500
"""Gradient rows of a snapshot at most."""


class Status(StrEnum):
    """What the session does."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"


class Distribution(NamedTuple):
    """A histogram: `counts[i]` entries lie in `edges[i] … edges[i + 1]`."""

    counts: Array
    edges: Array


class Summary(NamedTuple):
    """One array in a few numbers. While training runs those of a large array are those of a sample of it.

    Attributes:
        shape: of the array.
        norm: Euclidean norm of the whole array.
        low: smallest entry (nan where the array is empty).
        high: largest entry.
        mean: mean entry.
        zeros: share of entries that are exactly 0.
        array: a copy of the whole array where it has at most 64 entries, else None; None for a number.
        deviation: standard deviation of the entries.
        distribution: how the entries lie, where somebody watches that and there is more than one.
    """

    shape: Shape
    norm: float
    low: float
    high: float
    mean: float
    zeros: float
    array: Array | None = None
    deviation: float = math.nan
    distribution: Distribution | None = None

    @property
    def scalar(self) -> float | None:
        """The number, where the array holds just one."""
        if not self.shape:
            return self.low
        return float(self.array.reshape(-1)[0]) if self.array is not None and self.array.size == 1 else None


class GradientRow(NamedTuple):
    """The gradient panel's row: the gradient of the objective at one output or weight of a node.

    Attributes:
        name: "relu1", "dense1.W".
        node: document node it belongs to.
        port: output or weight of that node.
        norm: of the gradient over the whole array.
        value_norm: of the value itself.
        distribution: of the gradient's entries.
    """

    name: str
    node: int
    port: str
    norm: float
    value_norm: float
    distribution: Distribution


@dataclass(frozen=True, eq=False, slots=True)
class ActivationSample:
    """The activation panel's picture of one gate.

    Attributes:
        node: document node.
        inputs: histogram of what goes into it.
        outputs: histogram of what comes out.
        curve_x: points of its curve, covering the inputs.
        curve_y: its value there.
        slope: its derivative there.
        flat: share of the inputs at which the slope is about 0 (dead or saturated).
        dead_units: units (last axis) that are flat for every sample, and the number of units.
    """

    node: int
    inputs: Distribution
    outputs: Distribution
    curve_x: Array
    curve_y: Array
    slope: Array
    flat: float
    dead_units: tuple[int, int]


@dataclass(frozen=True, eq=False, slots=True)
class Snapshot:
    """The network at one step, as far as somebody looks at it.

    Attributes:
        run: id of the run; 0 before the first.
        revision: the document's `graph_revision` that was computed. Numbers of another revision must not be shown.
        status: what the session does.
        step: training steps done.
        steps: steps this run will make.
        loss: the objective now, or None where it has none.
        accuracy: share of samples classified right, or None.
        steps_per_second: of the running run, 0 otherwise.
        learning_rate: in force.
        history: columns "step", "loss", "accuracy" of the learning curve so far (at most some thousand rows).
        changes: what was changed on the way so far.
        values: (node id, output port name) -> what is there now. Weight ports included.
        gradients: (node id, output port name) -> gradient of the objective there; missing where none flows.
        contributions: wire id -> the gradient this wire alone brings back.
        rows: gradient panel rows in topological order, at most `ROWS`; empty when nobody watches them.
        rows_left_out: how many more there would be.
        activation: of the watched gate, or None.
        seen: what the watched looks have seen last, or the `EngineError` that says why one couldn't; a look that
            hasn't had its turn yet is missing.
        problems: what keeps parts of the graph from being computed.
        objective: name of what is differentiated, e.g. "f" or "loss".
        message: why the run failed or stopped, in a sentence; empty otherwise.
        now: the step training has come to, where the network is shown as it was at an earlier one (`step`).
        culprit: name of the node at which NaN or infinity appeared first, where that is why it failed.
    """

    run: int = 0
    revision: int = 0
    status: Status = Status.IDLE
    step: int = 0
    steps: int = 0
    loss: float | None = None
    accuracy: float | None = None
    steps_per_second: float = 0.0
    learning_rate: float = 0.0
    history: Mapping[str, Array] = field(default_factory=lambda: NONE)
    changes: tuple[Adjustment, ...] = ()
    values: Mapping[tuple[int, str], Summary] = field(default_factory=lambda: NONE)
    gradients: Mapping[tuple[int, str], Summary] = field(default_factory=lambda: NONE)
    contributions: Mapping[int, Summary] = field(default_factory=lambda: NONE)
    rows: tuple[GradientRow, ...] = ()
    rows_left_out: int = 0
    activation: ActivationSample | None = None
    seen: Mapping[Look, Any] = field(default_factory=lambda: NONE)
    problems: tuple[Problem, ...] = ()
    objective: str = ""
    message: str = ""
    culprit: str = ""
    now: int | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """What somebody looks at: nothing else is computed for a snapshot.

    Attributes:
        wires: whether values and gradients on wires are shown.
        rows: whether the gradient panel is open.
        activation: the node whose activation is shown, or None.
        distributions: whether it is shown how the entries of values and gradients lie.
        nodes: the nodes in view or selected, of whose outputs and weights something is shown; None for all.
        links: the wires in view; None for all.
        looks: what else is looked at, each for itself.
    """

    wires: bool = True
    rows: bool = False
    activation: int | None = None
    distributions: bool = False
    nodes: frozenset[int] | None = None
    links: frozenset[int] | None = None
    looks: frozenset[Look] = frozenset()
