"""A graph written down as formulas: the short way to build one in Python.

Example::

    import gradstudio.gates  # fills the catalogue
    from gradstudio.engine import Formula, Plan

    g = Formula()
    x, y, z = g.parameters(x=-2.0, y=5.0, z=-4.0)
    f = (x + y) * z
    plan = Plan(g.graph(f), "float64")
    plan.run()
    plan.value(f), plan.gradient(x)     # -12.0, -4.0

Every gate of the catalogue is a method of its first input: `x.dense(units=100).relu()`. A gate without inputs is one of
the formula: `g.spiral(per_class=100)`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import GraphError, ParamError
from gradstudio.engine.gate import Gate, Kind, Port, Shape
from gradstudio.engine.graph import Graph, GraphBuilder, Slot


class Expression(Slot):
    """A slot one can calculate with: the outcome is the output of one more gate.

    It is a slot, so plans take it: `plan.value(x)`. As a slot it is a tuple, two of which are equal where they are the
    same output. Numbers and arrays among its operands become constants.
    """

    formula: Formula
    __array_ufunc__ = None  # so that numpy leaves `array * x` to us

    def __new__(cls, formula: Formula, slot: Slot) -> Expression:
        """A slot of a formula."""
        made = super().__new__(cls, *slot)
        made.formula = formula
        return made

    @property
    def name(self) -> str:
        """Name of its node."""
        return self.formula.nodes[self.node].name

    @property
    def shape(self) -> Shape:
        """Shape of the array it carries."""
        return self.formula.shape(self)

    def __getattr__(self, gate_id: str) -> Callable[..., Any]:
        """A gate of the catalogue, with this as its first input; see `Formula.apply`."""
        return self.formula.maker(gate_id, self)

    def __bool__(self) -> bool:
        raise TypeError(
            f"“{self.name}” is neither true nor false: it has no value yet. A comparison such as x > y is a gate; "
            "the larger of two is x.max(y)."
        )

    def __add__(self, other: object) -> Expression:
        return self.formula.one("add", self, other)

    def __radd__(self, other: object) -> Expression:
        return self.formula.one("add", other, self)

    def __sub__(self, other: object) -> Expression:
        return self.formula.one("subtract", self, other)

    def __rsub__(self, other: object) -> Expression:
        return self.formula.one("subtract", other, self)

    def __mul__(self, other: object) -> Expression:
        return self.formula.one("multiply", self, other)

    def __rmul__(self, other: object) -> Expression:
        return self.formula.one("multiply", other, self)

    def __truediv__(self, other: object) -> Expression:
        return self.formula.one("divide", self, other)

    def __rtruediv__(self, other: object) -> Expression:
        """1 / x is the reciprocal gate."""
        if isinstance(other, (int, float)) and other == 1:
            return self.formula.one("reciprocal", self)
        return self.formula.one("divide", other, self)

    def __matmul__(self, other: object) -> Expression:
        return self.formula.one("matmul", self, other)

    def __rmatmul__(self, other: object) -> Expression:
        return self.formula.one("matmul", other, self)

    def __pow__(self, exponent: float) -> Expression:
        return self.formula.one("power", self, exponent=exponent)

    def __neg__(self) -> Expression:
        return self.formula.one("negate", self)

    def __abs__(self) -> Expression:
        return self.formula.one("abs", self)

    def __gt__(self, other: object) -> Expression:  # type: ignore[override]  # tuples compare themselves to yes or no
        return self.formula.one("greater", self, other)

    def __ge__(self, other: object) -> Expression:  # type: ignore[override]  # likewise
        return self.formula.one("greater_equal", self, other)

    def __lt__(self, other: object) -> Expression:  # type: ignore[override]  # likewise
        return self.formula.one("less", self, other)

    def __le__(self, other: object) -> Expression:  # type: ignore[override]  # likewise
        return self.formula.one("less_equal", self, other)


class Formula(GraphBuilder):
    """A graph builder whose slots can be calculated with; the gates come from the catalogue."""

    def parameter(self, name: str, start: object, learned: bool = True) -> Expression:
        """A learnable array with its start value."""
        return Expression(self, super().parameter(name, start, learned))

    def parameters(self, **starts: object) -> tuple[Expression, ...]:
        """Several learnable arrays: `x, y = g.parameters(x=4, y=-3)`."""
        return tuple(self.parameter(name, start) for name, start in starts.items())

    def feed(self, name: str, first: object, labels: bool = False) -> Expression:
        """Data put in from outside, a batch at a time."""
        return Expression(self, super().feed(name, first, labels))

    def slot(self, name: str, output: int = 0) -> Expression:
        """A node by its name: `g.slot("h.W")` is the W of the layer named h."""
        return Expression(self, super().slot(name, output))

    def graph(self, *objective: Slot) -> Graph:
        """The finished graph, with the slots to differentiate."""
        return super().graph(*(Slot(*slot) for slot in objective))

    def apply(self, gate: str | Gate, *inputs: object, name: str = "", **params: Any) -> Any:
        """One more gate.

        Args:
            gate: its id in the catalogue, or an instance of any gate class.
            inputs: expressions, slots, and numbers or arrays, which become constants (or labels, where labels go in).
            name: of the node; the gate's id and a number where empty.
            params: of the gate, where it is given by its id.

        Returns:
            The output, or all outputs in a tuple where there are several; a weight where there is nothing else.

        Raises:
            UnknownGate: if there is no such gate.
            ParamError: if a param can't take its value.
            ShapeError: if the inputs don't fit.
            GraphError: if the number of inputs is wrong or the name is taken.
        """
        made = self._make(name, gate, params) if isinstance(gate, str) else gate
        ports = [made.inputs[min(i, len(made.inputs) - 1)] if made.inputs else None for i in range(len(inputs))]
        slots = [self._operand(given, port) for given, port in zip(inputs, ports, strict=True)]
        first = self.add(made, *slots, name=name)
        found = tuple(Expression(self, Slot(first.node, k)) for k in range(max(1, len(made.outputs))))
        return found if len(found) > 1 else found[0]

    def one(self, gate: str, *inputs: object, **params: Any) -> Expression:
        """One more gate that has one output."""
        made: Expression = self.apply(gate, *inputs, **params)
        return made

    def maker(self, gate_id: str, *inputs: object) -> Callable[..., Any]:
        """`apply` with the gate and its first inputs given.

        Raises:
            AttributeError: if there is no such gate.
        """
        if gate_id not in CATALOG:
            empty = "" if len(CATALOG) else " The catalogue is empty: import gradstudio.gates first."
            raise AttributeError(f"There is no gate “{gate_id}” in the catalogue.{empty}")
        return partial(self.apply, gate_id, *inputs)

    def __getattr__(self, gate_id: str) -> Callable[..., Any]:
        """A gate of the catalogue that has no inputs; see `apply`."""
        return self.maker(gate_id)

    def _append(self, name: str, gate: Gate, inputs: tuple[Slot, ...], shapes: tuple[Shape, ...]) -> Slot:
        """Nodes hold plain slots, so that a graph doesn't keep its formula."""
        return super()._append(name, gate, tuple(Slot(*slot) for slot in inputs), shapes)

    def _make(self, name: str, gate_id: str, params: dict[str, Any]) -> Gate:
        try:
            return CATALOG.get(gate_id)(**params)
        except ParamError as error:
            raise ParamError(f"{name or gate_id}: {error}") from None

    def _operand(self, given: object, port: Port | None) -> Slot:
        if isinstance(given, Expression) and given.formula is not self:
            raise GraphError(f"“{given.name}” belongs to another formula; build both with the same one.")
        if isinstance(given, Slot):
            return given
        if port is not None and port.kind is Kind.LABELS:
            return self.feed(f"{port.name}{len(self.nodes)}", given, labels=True)
        return self.one("constant", value=np.asarray(given))
