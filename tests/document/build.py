"""Building networks by hand, through the commands, as tests of the document do."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import astuple, replace

import numpy as np

from gradstudio import gates
from gradstudio.document import commands
from gradstudio.document.history import History
from gradstudio.document.legality import why_not
from gradstudio.document.model import Document, Node, Patch, Training, Wire
from gradstudio.document.reasons import Refused
from gradstudio.document.shapes import infer
from gradstudio.engine.gate import Array

__all__ = ["Net", "course", "fresh", "gates", "picture", "spiral"]


class Net:
    """A document with a history, edited in a few words: `net.add("add", "q")`, `net.wire("x.value", "q.x")`."""

    def __init__(self) -> None:
        self.doc = Document()
        self.history = History(self.doc)

    def do(self, patch: Patch, merge: Hashable = None) -> None:
        """Through the history."""
        self.history.do(patch, merge)

    def add(self, gate: str, name: str | None = None, x: float = 0, y: float = 0, **params: object) -> int:
        """A node; its id."""
        patch, node = commands.add_node(self.doc, gate, x, y, name=name, params=params)
        self.do(patch)
        return node

    def id(self, name: str) -> int:
        """The id of the node of this name."""
        node = self.doc.named(name)
        assert node is not None, name
        return node.id

    def ends(self, source: str, target: str) -> tuple[int, str, int, str]:
        """The ends of a wire told as "x.value", "q.x"."""
        (a, output), (b, taken) = source.rsplit(".", 1), target.rsplit(".", 1)
        return self.id(a), output, self.id(b), taken

    def wire(self, source: str, target: str, *, replace: bool = False) -> int:
        """A wire; its id."""
        self.do(commands.connect(self.doc, *self.ends(source, target), replace=replace))
        return max(self.doc.wires)

    def why_not(self, source: str, target: str, *, replace: bool = False, without: int | None = None) -> Refused | None:
        """Why a wire is refused."""
        return why_not(self.doc, *self.ends(source, target), replace=replace, without=without)

    def shape(self, port: str) -> tuple[int, ...] | None:
        """The shape at "dense1.z"."""
        name, output = port.rsplit(".", 1)
        return infer(self.doc).of(self.id(name), output)

    def place(self, *records: Node | Wire) -> None:
        """Records put in by force, as a broken file might hold them."""
        nodes = {r.id: r for r in records if isinstance(r, Node)}
        wires = {r.id: r for r in records if isinstance(r, Wire)}
        self.doc.apply(Patch("By force", nodes, wires))


def course() -> Net:
    """f = (x + y) · z with x = -2, y = 5, z = -4."""
    net = Net()
    for name, value in (("x", -2), ("y", 5), ("z", -4)):
        net.add("constant", name, value=value)
    net.add("add", "q")
    net.add("multiply", "f")
    for source, target in (("x.value", "q.x"), ("y.value", "q.y"), ("q.z", "f.x"), ("z.value", "f.y")):
        net.wire(source, target)
    return net


def spiral() -> Net:
    """Spiral data, two dense layers, softmax and cross-entropy, and L2 of both matrices."""
    net = Net()
    net.add("spiral", "data", per_class=20)
    net.add("dense", "hidden", units=10)
    net.add("relu", "relu")
    net.add("dense", "scores", units=3)
    net.add("softmax_cross_entropy", "loss")
    net.add("l2", "decay")
    for source, target in (
        ("data.X", "hidden.x"), ("hidden.z", "relu.x"), ("relu.z", "scores.x"), ("scores.z", "loss.scores"),
        ("data.labels", "loss.labels"), ("hidden.W", "decay.w"), ("scores.W", "decay.w"),
    ):  # fmt: skip
        net.wire(source, target)
    return net


def picture(doc: Document) -> object:
    """Everything a document holds, in its order, as something `==` compares bit for bit."""
    nodes = [
        (n.id, n.gate, n.name, n.x, n.y, n.muted, n.color, n.note, n.group, _bits(n.params)) for n in doc.nodes.values()
    ]
    drawn = [astuple(one) for found in (doc.groups, doc.frames, doc.comments) for one in found.values()]
    drawn.append(astuple(doc.exercise))
    return nodes, [astuple(w) for w in doc.wires.values()], astuple(doc.settings), _training(doc.training), drawn


def fresh(doc: Document) -> Document:
    """The same document made of other records, so that nothing known of the first helps with it."""
    twin = Document()
    nodes = {i: replace(node, params=dict(node.params)) for i, node in doc.nodes.items()}
    wires = {i: replace(wire) for i, wire in doc.wires.items()}
    drawn = dict(doc.groups), dict(doc.frames), dict(doc.comments)
    twin.apply(Patch("Build", nodes, wires, doc.settings, doc.training, *drawn, doc.exercise))
    return twin


def _training(training: Training) -> object:
    return training.step, _bits(training.parameters), _bits(training.optimizer), _bits(training.history)


def _bits(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _value(value) for name, value in sorted(values.items())}


def _value(value: object) -> object:
    if isinstance(value, np.ndarray):
        return _array(value)
    return value.hex() if isinstance(value, float) else (type(value), value)


def _array(array: Array) -> tuple[str, tuple[int, ...], bytes]:
    return array.dtype.str, array.shape, array.tobytes()
