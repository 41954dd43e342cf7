"""Calls in a row: what a plan plays."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradstudio.engine.acceleration import Line
from gradstudio.engine.errors import EngineError, GraphError
from gradstudio.engine.gate import Array, Gate, Kernels, Shape

Call: TypeAlias = Callable[[], Any]
Stop: TypeAlias = Callable[[], bool]

BREATH = 250_000
"""Entries computed between two looks at the stop flag: some tenths of a millisecond."""


class Step(NamedTuple):
    """What is computed for one node, or for one level of scalar gates.

    Attributes:
        rank: a step depends on steps of a lower rank alone.
        name: of the node, for messages.
        calls: in order.
        work: entries it computes, roughly.
    """

    rank: int
    name: str
    calls: list[Call]
    work: int


class Program:
    """Steps made into one line of calls, with places where it may be stopped."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = [step for step in steps if step.calls]
        self.calls = [call for step in self.steps for call in step.calls]
        self._groups = [Line(group) for group in self._cut()]
        self._whole = self._groups[0] if len(self._groups) == 1 else Line(self.calls)

    def play(self, stop: Stop | None = None) -> bool:
        """Make all calls; False if `stop()` became true on the way. The caller silences numpy's warnings.

        Raises:
            GraphError: what a gate refuses, with its node's name.
        """
        if stop is None:
            self._make(self._whole.now())
            return True
        for group in self._groups:
            if stop():
                return False
            self._make(group.now())
        return True

    def after(self, rank: int) -> Program:
        """The part that comes after a rank."""
        return Program(step for step in self.steps if step.rank > rank)

    def _make(self, calls: Sequence[Call]) -> None:
        made: Call | None = None
        try:
            for call in calls:
                made = call
                call()
        except EngineError as error:
            raise GraphError(f"{self._name_of(made)}: {error}") from error

    def _name_of(self, made: Call | None) -> str:
        """The node a call is made for; only those of gates refuse anything, and they are never among the shortened."""
        return next((step.name for step in self.steps if any(call is made for call in step.calls)), "")

    def _cut(self) -> list[list[Call]]:
        groups: list[list[Call]] = []
        work = BREATH
        for step in self.steps:
            if work >= BREATH:
                groups.append([])
                work = 0
            groups[-1] += step.calls
            work += step.work
        return groups


def quiet_context() -> contextvars.Context:
    """A context in which numpy warns of nothing; entering it takes a tenth of the time of `np.errstate`."""
    context = contextvars.copy_context()
    context.run(partial(np.seterr, all="ignore"))
    return context


def calls_of(gate: Gate, kernels: Kernels, z: Sequence[Array], dz: Sequence[Array]) -> tuple[list[Call], list[Call]]:
    """A gate's calls for both passes: its kernels where it has some for these arrays, else `forward` and `backward`."""
    if len(z) == 1 and gate.kernels(kernels):
        return bound(kernels.forward_calls), bound(kernels.backward_calls)
    return [partial(run_forward, gate, kernels.x, z)], [partial(run_backward, gate, dz, kernels.dx)]


def bound(calls: Iterable[tuple[Any, tuple[Any, ...], dict[str, Any]]]) -> list[Call]:
    """Calls with their arguments."""
    return [partial(function, *args, **kwargs) for function, args, kwargs in calls]


def run_forward(gate: Gate, x: Sequence[Array], z: Sequence[Array]) -> None:
    """The lecture's forward, into arrays that exist."""
    made = gate.forward(*x)
    for out, array in zip(z, made if isinstance(made, tuple) else (made,), strict=True):
        out[...] = array


def run_backward(gate: Gate, dz: Sequence[Array], dx: Sequence[Array | None]) -> None:
    """The lecture's backward, into arrays that exist."""
    made = gate.backward(*dz)
    for out, array in zip(dx, made if isinstance(made, (tuple, list)) else (made,), strict=True):
        if out is not None:
            out[...] = 0 if array is None else unbroadcast(np.asarray(array), out.shape)


def unbroadcast(gradient: Array, shape: Shape) -> Array:
    """Sum a gradient over the axes along which an input of this shape was broadcast."""
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    if extra > 0:
        gradient = gradient.sum(axis=tuple(range(extra)))
    stretched = tuple(a for a, n in enumerate(shape) if n == 1 and gradient.shape[a] != 1)
    return gradient.sum(axis=stretched, keepdims=True) if stretched else gradient
