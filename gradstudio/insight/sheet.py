"""The backprop sheet: local × upstream = downstream for one gate or one wire, as plain data.

`SheetLook` sees it in a plan; whoever draws it needs nothing else. While training runs a weight is shown as it is after
the step that its gradient belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradstudio.document.model import NodeId, WireId
from gradstudio.engine.gate import Gate
from gradstudio.insight.figures import Figure


@dataclass(frozen=True, eq=False, slots=True)
class Term:
    """The way back through one input or weight of a gate.

    Attributes:
        input: the port, e.g. "x"; numbered where it takes several wires.
        wire: that feeds it; None for a weight.
        source: what feeds it, e.g. "q" or "spiral.X"; empty for a weight.
        value: what comes in; None while it is hidden.
        local: the local gradients: entry by entry for an elementwise gate, the Jacobian where it is small, else None.
        jacobian: rows and columns the whole Jacobian has.
        matrix: whether `local` is the Jacobian.
        words: the local gradient in words, e.g. "y"; empty where there are none.
        downstream: what comes back through this input alone; None where nothing does.
        line: all of it with numbers plugged in, "∂f/∂x = y × upstream = -4 × 1 = -4"; empty where it isn't numbers.
        zero: why there is no gradient, or hardly any; empty where there is.
        hidden: whether its numbers are hidden, all but perhaps its value.
    """

    input: str
    wire: WireId | None
    source: str
    value: Figure | None
    local: Figure | None
    jacobian: tuple[int, int]
    matrix: bool
    words: str
    downstream: Figure | None
    line: str
    zero: str
    hidden: bool = False

    @property
    def equation(self) -> str:
        """Local × upstream = downstream, in a line."""
        if self.line:
            return self.line
        back = "none" if self.downstream is None else self.downstream.text
        return f"{self._local} × upstream = {back}"

    @property
    def _local(self) -> str:
        if self.local is not None:
            return self.local.text
        rows, columns = self.jacobian
        return f"Jacobian of {rows:,} × {columns:,}, never built"


@dataclass(frozen=True, eq=False, slots=True)
class Share:
    """What one wire of a fork brings back.

    Attributes:
        wire: which one; None for a use inside a gate.
        target: where it leads, e.g. "f.x".
        gate: title of the gate that made it.
        figure: the contribution; None where it brings nothing back.
    """

    wire: WireId | None
    target: str
    gate: str
    figure: Figure | None


@dataclass(frozen=True, eq=False, slots=True)
class Fork:
    """An output and the wires that leave it: their contributions add.

    Attributes:
        name: of the output, e.g. "q".
        shares: what each wire brings back.
        total: their sum; None where no gradient flows.
    """

    name: str
    shares: tuple[Share, ...]
    total: Figure | None

    @property
    def line(self) -> str:
        """The sum with numbers: "-0.2 + 0.5 = 0.3"."""
        parts = [share.figure.text for share in self.shares if share.figure is not None]
        return f"{' + '.join(parts)} = {self.total.text if self.total is not None else 'none'}"


@dataclass(frozen=True, eq=False, slots=True)
class Sheet:
    """All that is said of one gate, or of one wire and the gate it ends at.

    Attributes:
        node: the gate's node.
        wire: the wire; None where it is the gate's sheet.
        name: the node's name, or "q → f" for a wire.
        title: the gate's.
        formula: in LaTeX.
        rule: the backward pass in words.
        goal: what gradients are of: "f", or "L" where its name is long.
        step: training steps done.
        outputs: what comes out.
        upstream: what comes back to each output, as far as something does.
        terms: of each input and weight; of a wire's sheet just that of the wire.
        forks: the outputs that several wires leave; of a wire's sheet its source's.
        remark: what is to be said of the whole, e.g. that it is muted; mostly empty.
    """

    node: NodeId
    wire: WireId | None
    name: str
    title: str
    formula: str
    rule: str
    goal: str
    step: int
    outputs: tuple[Figure, ...]
    upstream: tuple[Figure, ...]
    terms: tuple[Term, ...]
    forks: tuple[Fork, ...]
    remark: str

    def lines(self) -> Iterator[str]:
        """The whole sheet in words, line by line."""
        yield f"{self.name}: {self.title}" if self.wire is None else f"{self.name}, into {self.title}"
        yield from filter(None, (self.rule, self.remark))
        yield from (f"{figure.name} = {figure.text}" for figure in (*self.outputs, *self.upstream))
        for term in self.terms:
            yield f"{term.input} = {'?' if term.value is None else term.value.text}"
            if not term.hidden:
                yield term.equation
            yield from filter(None, (term.zero,))
        for fork in self.forks:
            yield f"{fork.name} branches, and the gradients add: {fork.line}"
            yield from (f"{share.target}: {share.figure.text}" for share in fork.shares if share.figure is not None)


def output_name(node: str, gate: Gate, port: int) -> str:
    """What an output is called in formulas: the node's name where it is short and has no other, else the port's."""
    return node if len(gate.outputs) == 1 and len(node) <= 3 else gate.outputs[port].name


def partial(goal: str, name: str) -> str:
    """∂L/∂x."""
    return f"∂{goal}/∂{name}"


def letter(objective: str) -> str:
    """What gradients are of: the objective's name where it is short, else L."""
    return objective if 0 < len(objective) <= 2 else "L"
