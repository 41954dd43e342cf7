"""Write docs/gates.md, the page of all gates, from the catalogue: `python scripts/make_gates_page.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.gate import Category, Gate, Kind, Param
from gradstudio.engine.insides import has_insides
from gradstudio.gates.recurrent import UNROLLED

PAGE = Path(__file__).resolve().parent.parent / "docs" / "gates.md"

BEGINNING = """\
# Gates

Every gate of GradStudio with its formula and the rule of its backward pass. This page is made from the catalogue by
`python scripts/make_gates_page.py`; the same words stand in the studio, under Help ▸ Gates.

## What holds for all of them

**Local × upstream.** A gate gets the gradient of the objective with respect to its output (upstream) and hands on
that with respect to each input: upstream × its own derivative (local). Where several wires leave an output, what they
bring back is added.

**The batch axis.** Arrays that hold samples have the batch as their first axis; parameters have none. A gate treats
axis 0 like any other unless it says so: Flatten, Reshape and Squeeze leave it alone, batch norm takes its statistics
along it, losses average over it.

**Sequences** are N×T×D: batch, time (or position), features. RNN, GRU, LSTM and the attention gates take them whole,
Dense position by position; Mean over axis 1, or the last state, makes features of them.
[Decision 22](decisions/0022-sequences.md) tells how they are computed.

**Broadcasting** follows numpy: shapes are aligned at their end, and an axis of length 1 (or one that isn't there) is
repeated. The gradient of what was repeated is the sum over all its copies. So a bias of one row, added to a batch,
gets a gradient of one row, summed over the batch; a gradient always has the shape of its array.

**Ties.** Where two entries are equally large (Max, Min, Maxout, Largest and Smallest entry, max pooling) the first
takes the whole gradient, counted in the order of the wires or, within one array, row by row.

**Kinks.** A function without a derivative at a point uses this one there: ReLU, Leaky ReLU, PReLU, ELU and SELU count
x = 0 with the negative side, so ReLU passes nothing at 0; Absolute value and Sign have 0 at 0; Hard sigmoid has 0 at
±3; Clip passes on its bounds; Norm has 0 where all entries are 0; absolute errors and L1 have 0 where they are 0; the
SVM hinge counts what lies exactly on the margin as inside, with 0. The gradient check leaves out entries for which a
kink lies between its two points.

**Jumps.** Sign, Step and the comparisons are flat on both sides of their jump: their gradient is 0 everywhere. Step
can let the upstream gradient pass straight through instead, which is no derivative; the gradient check leaves that
out.

**Integers** (class labels, indices, drawn as square ports) have no gradient.

**Parameters nobody uses** have the gradient 0: those no wire leads from to the objective, entries that weren't
picked, units a max didn't choose. An optimiser leaves them where they are, unless a regulariser or momentum moves
them.

**NaN and infinity.** A NaN goes on to every output that depends on it; comparisons with NaN are 0 (Not equal: 1), and
Where, Slice and Gather drop what they don't take. Gates are written so that numbers of ±10⁴ neither overflow nor lose
what mathematics keeps (softmax, log-sum-exp, sigmoid, softplus, norm); what is truly infinite, such as 1/0 or ln 0,
comes out as ∞.
"""


OPENING = """\
## What opens into other gates

A double click opens a gate into those it is made of, with the same values and gradients, and closes it again. Those
inside open further where they are made of something themselves. These {count} open:
"""
CONDITIONS = {
    "gelu": "in the form with tanh; the exact one needs the normal distribution, which no other gate has",
    "conv2d": "windows picked from the images, as columns of a matrix product",
    "max_pool2d": "windows picked from the images",
    "average_pool2d": "windows picked from the images",
    "batch_norm": "as it computes while training; the running averages wait beside it",
    "softplus": "as ln(1 + eˣ), which overflows beyond x = 700; the closed gate doesn't",
    "sigmoid": "as the course writes it, which overflows below x = −700; the closed gate doesn't",
    **dict.fromkeys(("rnn", "gru", "lstm"), f"unrolled, up to {UNROLLED} steps"),
    **dict.fromkeys(("l2", "l1", "elastic"), "however many weights are wired to it"),
}
"""What there is to say of how a gate opens. Convolution and pooling stay closed where windows hold too many pixels."""
CLOSED: dict[str, Callable[[type[Gate]], bool]] = {
    "They are sources: nothing comes in that could be computed with.": lambda gate: not gate.inputs,
    "They move entries and compute nothing.": lambda gate: gate.category is Category.SHAPE,
    "A new mask is drawn in each step, from the place of the gate in its network.": lambda gate: gate.id == "dropout",
    "√Σx² from gates would have no slope at 0, and its squares overflow or vanish long before the norm does.": (
        lambda gate: gate.id == "norm"
    ),
    "They are one operation each: what others are made of.": lambda _: True,
}
"""Why a gate doesn't open: the first reason that holds."""


def page() -> str:
    """The whole page."""
    shelves = (line for shelf in Category for line in _shelf(shelf))
    return "\n".join([BEGINNING, *_opening(), *shelves])


def _opening() -> Iterator[str]:
    opened = [gate for gate in CATALOG if has_insides(gate)]
    yield OPENING.format(count=len(opened))
    plain = [gate.title for gate in opened if gate.id not in CONDITIONS]
    yield "- " + ", ".join(plain) + "."
    said = dict.fromkeys(CONDITIONS[gate.id] for gate in opened if gate.id in CONDITIONS)
    for words in said:
        yield f"- {_titles(gate for gate in opened if CONDITIONS.get(gate.id) == words)}: {words}."
    yield "\nThe others don't, for a reason:\n"
    closed: dict[str, list[type[Gate]]] = {}
    for gate in (gate for gate in CATALOG if not has_insides(gate)):
        closed.setdefault(next(why for why, holds in CLOSED.items() if holds(gate)), []).append(gate)
    yield "\n".join(f"- {_titles(gates)}. {why}" for why, gates in closed.items()) + "\n"


def _titles(gates: Iterable[type[Gate]]) -> str:
    return ", ".join(gate.title for gate in gates)


def _shelf(shelf: Category) -> Iterator[str]:
    gates = [gate for gate in CATALOG if gate.category is shelf]
    if gates:
        yield f"## {shelf.value}\n"
        for gate in gates:
            yield from _gate(gate)


def _gate(gate: type[Gate]) -> Iterator[str]:
    symbol = f" `{gate.symbol}`" if gate.symbol and gate.symbol.casefold() != gate.title.casefold() else ""
    yield f"### {gate.title}{symbol}\n"
    yield f"$$ {gate.formula} $$\n"
    yield f"{gate.help}\n"
    yield f"*Backward:* {gate.rule}\n"
    lines = [*_inputs(gate), *_outputs(gate), *(f"- weight `{w.name}`: {w.help}" for w in gate.weights)]
    lines += [f"- setting `{name}`: {param.help} {_default(param)}" for name, param in gate.params.items()]
    if lines:
        yield "\n".join(lines) + "\n"


def _inputs(gate: type[Gate]) -> list[str]:
    """Those there is something to say of."""
    kinds = ["any number of wires" if p.many else "integers" if p.kind is Kind.LABELS else "" for p in gate.inputs]
    said = [(port, kind) for port, kind in zip(gate.inputs, kinds, strict=True) if port.help or kind]
    return [
        f"- input `{port.name}`" + f" ({kind})" * bool(kind) + f": {port.help}" * bool(port.help) for port, kind in said
    ]


def _outputs(gate: type[Gate]) -> list[str]:
    return [f"- output `{port.name}`: {port.help}" for port in gate.outputs if port.help]


def _default(param: Param) -> str:
    if param.default is None or (isinstance(param.default, (str, bool)) and not param.default):
        return "Off at first." if param.kind == "bool" else "Empty at first."
    if param.kind == "bool":
        return "On at first."
    value = param.default if isinstance(param.default, (str, int)) else f"{float(param.default):g}"
    return f"One of {', '.join(param.choices)}; {value} at first." if param.choices else f"{value} at first."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
