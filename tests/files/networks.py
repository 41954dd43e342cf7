"""Networks for the tests of the file: gates of their own, a strategy for documents, and equality bit for bit."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, get_args

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gradstudio.document.course import Adjustment, How
from gradstudio.document.model import (
    COLORS,
    Document,
    Node,
    OptimizerName,
    Patch,
    ScheduleName,
    Settings,
    Training,
    Wire,
    same_params,
)  # fmt: skip
from gradstudio.document.questions import ASKS, Exercise, Question
from gradstudio.document.regions import Comment, Exposed, Frame, Group
from gradstudio.document.shapes import infer
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.gate import Array, Gate, Param, Port, Shape, Weight, broadcast_shapes


class Value(Gate):
    """Gives an array, and has a param of every kind."""

    id = "files_value"
    title = "Value"
    params = MappingProxyType(
        {
            "value": Param("array", 0.0, "What it gives."),
            "count": Param("int", 1, "A whole number.", low=1, high=65536),
            "rate": Param("float", 0.5, "A number.", low=0.0),
            "on": Param("bool", False, "A switch."),
            "mode": Param("choice", "a", "A choice.", choices=("a", "b")),
            "note": Param("text", "", "A text."),
            "limit": Param("int", None, "May be empty.", optional=True),
        }
    )

    def shape(self) -> Shape:
        """The array's."""
        return self.value.shape  # type: ignore[attr-defined, no-any-return]


class Plus(Gate):
    """Two inputs."""

    id = "files_plus"
    title = "Plus"
    inputs = (Port("x"), Port("y"))

    def shape(self, x: Shape, y: Shape) -> Shape:
        """Broadcast."""
        return broadcast_shapes(x, y)


class Total(Gate):
    """Any number of inputs."""

    id = "files_total"
    title = "Total"
    inputs = (Port("x", many=True),)

    def shape(self, *x: Shape) -> Shape:
        """Broadcast."""
        return broadcast_shapes(*x)


class Layer(Gate):
    """Has weights, one of which a param takes away."""

    id = "files_layer"
    title = "Layer"
    inputs = (Port("x"),)
    weights = (Weight("W"), Weight("b"))
    params = MappingProxyType(
        {
            "units": Param("int", 3, "How many outputs.", low=1, high=65536),
            "bias": Param("bool", True, "Whether it has b."),
        }
    )

    def active_weights(self) -> tuple[Weight, ...]:
        """Both, or W alone."""
        return self.weights if self.bias else self.weights[:1]  # type: ignore[attr-defined]

    def shape(self, x: Shape) -> Shape:
        """Units outputs for each sample."""
        if len(x) != 2:
            raise ShapeError(f"Layer takes samples × features, found {x}.")
        return (x[0], self.units)  # type: ignore[attr-defined]

    def weight_shapes(self, *x: Shape) -> tuple[Shape, ...]:
        """Features × units, and units."""
        units: int = self.units  # type: ignore[attr-defined]
        return ((x[0][1], units), (units,))[: len(self.active_weights())]


GATES = (Value, Plus, Total, Layer)
UNKNOWN = "future.fancy_gate"

finite = st.floats(allow_nan=False, allow_infinity=False)
WRITABLE = st.characters(exclude_categories=["Cs"])
words = st.text(WRITABLE, min_size=1, max_size=8)
names = st.from_regex(r"[a-zα-ω][a-z0-9 ×]{0,6}[a-z0-9]", fullmatch=True)
shapes = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


def frozen(array: Array) -> Array:
    """The array, read-only."""
    array.flags.writeable = False
    return array


def any_array(dtypes: tuple[str, ...], shape: Any = shapes, *, finite_only: bool = False) -> st.SearchStrategy[Array]:
    """Arrays of these dtypes, with every odd number there is in them."""

    def make(dtype: str) -> st.SearchStrategy[Array]:
        if finite_only and dtype in FLOAT:
            limited = arrays.from_dtype(np.dtype(dtype), allow_nan=False, allow_infinity=False)
            return arrays.arrays(dtype, shape, elements=limited)
        return arrays.arrays(dtype, shape, elements=arrays.from_dtype(np.dtype(dtype)))

    return st.sampled_from(dtypes).flatmap(make).map(frozen)


ANY = ("float32", "float64", "int64", "uint8", "bool")
FLOAT = ("float32", "float64")
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | finite | st.text(WRITABLE, max_size=8)

value_params = st.fixed_dictionaries(
    {},
    optional={
        "value": any_array(("float64",), finite_only=True),
        "count": st.integers(1, 65536),
        "rate": st.floats(0, allow_infinity=False),
        "on": st.booleans(),
        "mode": st.sampled_from("ab"),
        "note": st.text(WRITABLE, max_size=8),
        "limit": st.none() | st.integers(-5, 5),
    },
)
layer_params = st.fixed_dictionaries({}, optional={"units": st.integers(1, 4), "bias": st.booleans()})
unknown_params = st.dictionaries(words, scalars | any_array(ANY, finite_only=True), max_size=3)

PARAMS = {
    Value.id: value_params,
    Plus.id: st.just({}),
    Total.id: st.just({}),
    Layer.id: layer_params,
    UNKNOWN: unknown_params,
}
INPUTS: dict[str, tuple[str, ...]] = {
    Value.id: (),
    Plus.id: ("x", "y"),
    Total.id: ("x", "x", "x"),
    Layer.id: ("x",),
    UNKNOWN: ("p", "q"),
}
OUTPUTS: dict[str, tuple[str, ...]] = {
    Value.id: ("z",),
    Plus.id: ("z",),
    Total.id: ("z",),
    Layer.id: ("z", "W"),
    UNKNOWN: ("anything",),
}

settings = st.builds(
    Settings,
    optimizer=st.sampled_from(get_args(OptimizerName)),
    learning_rate=st.floats(0, 1e3, exclude_min=True),
    momentum=st.floats(0, 0.99),
    steps=st.integers(1, 10**9),
    batch_size=st.none() | st.integers(1, 1000),
    seed=st.integers(0, 2**31),
    dtype=st.sampled_from(FLOAT),
    schedule=st.sampled_from(get_args(ScheduleName)),
    period=st.none() | st.integers(1, 10**9),
    factor=st.floats(0.01, 1),
    warmup=st.integers(0, 100),
    clip_norm=st.none() | st.floats(1e-3, 1e3),
    clip_value=st.none() | st.floats(1e-3, 1e3),
    weight_decay=st.floats(0, 1),
    patience=st.integers(0, 10**9),
    threshold=st.floats(0, 1),
    least_rate=st.floats(0, 1),
    stop_patience=st.none() | st.integers(1, 10**9),
    stop_delta=st.floats(0, 1),
)


marks = st.just((False, "", "", None, False)) | st.tuples(
    st.booleans(),
    st.sampled_from(("", *COLORS)),
    st.sampled_from(("", "two\nlines", "“quoted” \\ ü", "x" * 2000)),
    st.none(),
    st.booleans(),
)
"""Muted, colour, note, group and frozen; most nodes have none."""


def params_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """What a node of this gate can have."""
    return PARAMS[kind]  # type: ignore[return-value]  # dictionaries, of one kind of value or another


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Documents with all that one can hold: wires, odd arrays, unknown gates, training."""
    ids = draw(st.lists(st.integers(1, 50) | st.integers(1, 2**53), unique=True, max_size=6))
    labels = draw(st.lists(names, unique=True, min_size=len(ids), max_size=len(ids)))
    kinds = [draw(st.sampled_from(sorted(PARAMS))) for _ in ids]
    place = st.floats(-1e6, 1e6)
    nodes = {
        i: Node(i, kind, label, draw(params_of(kind)), draw(place), draw(place), *draw(marks))
        for i, kind, label in zip(ids, kinds, labels, strict=True)
    }
    wires = draw(wirings(list(nodes.values())))
    chosen = draw(settings)
    objective = draw(st.sampled_from([None, *ids]))
    document = Document()
    document.apply(Patch("Make", nodes, wires, replace(chosen, objective=objective)))
    document.apply(Patch("Train", training=draw(trainings(document))))
    for _ in range(draw(st.integers(0, 4))):
        document.apply(draw(orderings(document)))
    document.apply(Patch("Ask", exercise=draw(exercises(document))))
    return document


@st.composite
def exercises(draw: st.DrawFn, document: Document) -> Exercise:
    """Questions about some wires and outputs, under a title or none."""
    asks = st.sampled_from(ASKS)
    at_wires = [Question(draw(asks), wire=i, text=draw(texts)) for i in document.wires if draw(st.booleans())]
    ends = [(n.id, port) for n in document.nodes.values() for port in OUTPUTS[n.gate] if draw(st.booleans())]
    at_nodes = [Question(draw(asks), node=node, port=port, text=draw(texts)) for node, port in dict.fromkeys(ends)]
    return Exercise(draw(st.just("") | names), tuple(draw(st.permutations([*at_wires, *at_nodes]))))


rects = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
colors = st.sampled_from(("", *COLORS))
texts = st.sampled_from(("", "# Title\n\n- one\n- **two**", "“quoted” \\ ü", "x" * 300))


@st.composite
def orderings(draw: st.DrawFn, document: Document) -> Patch:
    """A group, a frame or a comment more, in a group or in none."""
    new = draw(
        st.integers(1, 2**53).filter(lambda i: i not in {*document.groups, *document.frames, *document.comments})
    )
    home = draw(st.sampled_from([None, *document.groups]))
    kind = draw(st.integers(0, 2)) if document.nodes else draw(st.integers(1, 2))
    if kind == 1:
        return Patch("Frame", frames={new: Frame(new, draw(st.just("") | names), *draw(rects), draw(colors), home)})
    if kind == 2:
        return Patch("Comment", comments={new: Comment(new, draw(texts), *draw(rects), draw(colors), home)})
    node = draw(st.sampled_from(list(document.nodes.values())))
    group = Group(new, draw(names), node.group, *draw(rects)[:2], draw(colors), draw(st.booleans()))
    inputs, outputs = (
        [Exposed(f"{port}!", node.id, port) for port in dict.fromkeys(side[node.gate])] for side in (INPUTS, OUTPUTS)
    )
    group = replace(group, inputs=tuple(inputs[: draw(st.integers(0, 2))]), outputs=tuple(outputs))
    return Patch("Group", {node.id: replace(node, group=new)}, groups={new: group})


dots = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=2)


@st.composite
def wirings(draw: st.DrawFn, nodes: list[Node]) -> dict[int, Wire]:
    """Wires from nodes to later ones, at most one at an input that takes one, none twice."""
    wires: dict[int, Wire] = {}
    seen = set()
    for position, target in enumerate(nodes):
        for port in INPUTS[target.gate]:
            if position == 0 or draw(st.booleans()):
                continue
            source = draw(st.sampled_from(nodes[:position]))
            output = draw(st.sampled_from(OUTPUTS[source.gate]))
            ends = (source.id, output, target.id, port)
            if ends not in seen:
                seen.add(ends)
                wire = draw(st.integers(1, 2**53).filter(lambda i: i not in wires))
                wires[wire] = Wire(wire, *ends, via=tuple(draw(dots)))
    return wires


@st.composite
def trainings(draw: st.DrawFn, document: Document) -> Training:
    """Training state that fits the document; histories hold NaN too, as after a divergence."""
    parameters, optimizer = {}, {}
    for node in document.nodes.values():
        for name in _weights(node):
            if draw(st.booleans()):
                known = infer(document).of(node.id, name)
                shape = draw(shapes) if known is None else known
                parameters[f"{node.id}.{name}"] = draw(any_array(FLOAT, shape))
                optimizer[f"{node.id}.{name}/m"] = draw(any_array(FLOAT, shape))
    rows = draw(st.integers(0, 4))
    columns = draw(st.lists(st.sampled_from(("step", "loss", "accuracy")), unique=True))
    history = {name: draw(any_array(("float32", "float64", "int64"), (rows,))) for name in columns}
    step = draw(st.integers(rows, 10**9))
    if "step" in history:
        grown = sorted(draw(st.sets(st.integers(0, step), min_size=rows, max_size=rows)))
        history["step"] = _frozen({"step": np.array(grown, draw(st.sampled_from((np.float64, np.int64))))})["step"]
    return Training(step, parameters, optimizer, history, *draw(courses(document, step)))


@st.composite
def courses(
    draw: st.DrawFn, document: Document, step: int
) -> tuple[tuple[Adjustment, ...], dict[str, float], How | None]:
    """What was changed and watched on the way, and what the last step went by."""
    value = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.sampled_from(("sgd", "two “x”\n"))
    steps = sorted(draw(st.lists(st.integers(0, step), max_size=3)))
    changes = tuple(
        Adjustment(at, draw(st.sampled_from(("freeze", "momentum"))), draw(value), draw(value)) for at in steps
    )
    watched = draw(st.just({}) | st.fixed_dictionaries({"best": st.floats(-9, 9), "next": st.just(float(step))}))
    if not step:
        return changes, watched, None
    ids = draw(st.sets(st.sampled_from([*document.nodes]))) if document.nodes else set()
    frozen = frozenset(node.id for node in document.nodes.values() if node.frozen)
    return (
        changes,
        watched,
        How(*draw(st.just((document.settings, frozen)) | st.tuples(settings, st.just(frozenset(ids))))),
    )


def _weights(node: Node) -> tuple[str, ...]:
    if node.gate == UNKNOWN:
        return ("theta",)
    return tuple(weight.name for weight in node.make().active_weights())


def assert_same(found: Document, wanted: Document) -> None:
    """Both documents hold the same, bit for bit."""
    assert {i: _but_params(n) for i, n in found.nodes.items()} == {i: _but_params(n) for i, n in wanted.nodes.items()}
    for i, node in found.nodes.items():
        assert same_params(node.params, wanted.nodes[i].params), f"params of node {i}"
    assert dict(found.wires) == dict(wanted.wires)
    for kind in ("groups", "frames", "comments"):
        assert repr(getattr(found, kind)) == repr(getattr(wanted, kind)), kind
    assert repr(found.settings) == repr(wanted.settings)
    assert found.exercise == wanted.exercise
    assert found.training.step == wanted.training.step
    assert _course(found) == _course(wanted)
    for column in ("parameters", "optimizer", "history"):
        assert same_params(getattr(found.training, column), getattr(wanted.training, column)), column


def _course(document: Document) -> str:
    """How the training went, as a text; where nobody knows what its last step went by, it is what the next one does."""
    training = document.training
    how = training.how or How(document.settings, frozenset(n.id for n in document.nodes.values() if n.frozen))
    last = (how.settings, sorted(how.frozen)) if training.step else None
    return repr((training.changes, sorted(training.watched.items()), last))


def same(a: Document, b: Document) -> bool:
    """Whether both documents hold the same, bit for bit."""
    try:
        assert_same(a, b)
    except AssertionError:
        return False
    return True


def _but_params(node: Node) -> tuple[object, ...]:
    marks = node.muted, node.color, node.note, node.group, node.frozen
    return (node.id, node.gate, node.name, node.x.hex(), node.y.hex(), *marks)


def example() -> Document:
    """A small network with a bit of everything, the same every time."""
    rng = np.random.default_rng(7)
    nodes = [
        Node(1, Value.id, "x", _params(value=rng.normal(size=(4, 2)), rate=0.1, note="α “quoted” \\ \n"), 10.5, -20.0),
        Node(2, Layer.id, "layer", _params(units=3), 200.0, -0.0),
        Node(5, Total.id, "total", {}, 1 / 3, 1e-7),
        Node(
            9,
            UNKNOWN,
            "grey",
            _params(
                k=5,
                r=2.0,
                s="text",
                t=True,
                n=None,
                a=np.arange(6, dtype=np.int64).reshape(2, 3),
                b=np.array([True, False]),
            ),
            400.0,
            0.0,
        ),
        Node(12, Plus.id, "f", {}, 600.0, 0.0),
    ]
    ends = [
        (1, "z", 2, "x"),
        (2, "z", 5, "x"),
        (2, "b", 5, "x"),
        (5, "z", 9, "in"),
        (9, "out", 12, "x"),
        (5, "z", 12, "y"),
    ]
    wires = [Wire(20 + i, *e) for i, e in enumerate(ends)]
    weights = {"2.W": rng.normal(size=(2, 3)).astype(np.float32), "2.b": np.array([0.5, np.nan, -np.inf], np.float32)}
    moments = {f"{key}/m": value * np.float32(0.1) for key, value in weights.items()}
    history = {"step": np.arange(3), "loss": np.array([1.0, 0.1, np.nan])}
    document = Document()
    document.apply(
        Patch(
            "Make",
            {n.id: n for n in nodes},
            {w.id: w for w in wires},
            Settings(learning_rate=0.05, batch_size=2, objective=12),
            Training(
                3,
                _frozen(weights),
                _frozen(moments),
                _frozen(history),
                how=How(Settings(learning_rate=0.05, batch_size=2, objective=12)),
            ),
        )
    )
    return document


def _params(**params: Any) -> dict[str, Any]:
    return {k: frozen(v) if isinstance(v, np.ndarray) else v for k, v in params.items()}


def _frozen(columns: Mapping[str, Array]) -> dict[str, Array]:
    return {name: frozen(array) for name, array in columns.items()}
