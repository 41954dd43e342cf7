"""The backprop sheet: every row of the course's worked examples as the sheet says it, and why gradients are zero."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio import files
from gradstudio.document.compile import compile_document
from gradstudio.document.model import Document, Settings
from gradstudio.engine.errors import EngineError
from gradstudio.engine.plan import Plan
from gradstudio.insight.sheet import Sheet, Term
from gradstudio.insight.sheetlook import SheetLook
from gradstudio.resources import resource
from gradstudio.training.looks import Scene
from gradstudio.training.session import Session
from gradstudio.training.snapshot import Watch
from tests.training.networks import network, spiral


class Book:
    """The sheets of a network, in float64, by the names of nodes."""

    def __init__(self, document: Document | str) -> None:
        self.document = files.read(resource("examples", f"{document}.grad")) if isinstance(document, str) else document
        self.compiled = compile_document(self.document)
        self.plan = Plan(self.compiled.graph, np.float64)
        self.plan.run()
        self.scene = Scene(self.plan, self.compiled, self.document, 0, lambda: False)

    def sheet(self, name: str) -> Sheet:
        """Of a node."""
        node = self.document.named(name)
        assert node is not None
        return SheetLook(node.id).see(self.scene)

    def wire(self, source: str, target: str) -> Sheet:
        """Of the wire between two nodes."""
        wires = self.document.wires.values()
        nodes = self.document.nodes
        found = next(w for w in wires if (nodes[w.source].name, nodes[w.target].name) == (source, target))
        return SheetLook(found.target, found.id).see(self.scene)

    def back(self, name: str) -> list[float | None]:
        """What a gate sends back through each of its inputs."""
        terms = self.sheet(name).terms
        return [term.downstream.scalar if term.downstream else None for term in terms]


def constant(value: float) -> tuple[str, dict[str, object]]:
    """A constant for `network`."""
    return "constant", {"value": np.array(value)}


def term(sheet: Sheet, name: str) -> Term:
    """The term of an input."""
    return next(term for term in sheet.terms if term.input == name)


def test_multiply_is_shown_with_its_numbers_plugged_in() -> None:
    """Worked example 3: f = (x + y)·z says local × upstream = downstream for both inputs of both gates."""
    book = Book("sum-times-z")
    assert [t.line for t in book.sheet("f").terms] == [
        "∂f/∂x = y × upstream = -4 × 1 = -4",
        "∂f/∂y = x × upstream = 3 × 1 = 3",
    ]
    assert [t.line for t in book.sheet("q").terms] == ["∂f/∂x = 1 × -4 = -4", "∂f/∂y = 1 × -4 = -4"]
    assert [figure.scalar for figure in book.sheet("q").upstream] == [-4]


def test_local_times_upstream_is_downstream_in_every_worked_example() -> None:
    """Wherever local gradients are shown entry by entry, their product with upstream is the downstream gradient."""
    for name in ("product", "max", "sum-times-z", "sigmoid-gates", "sigmoid-neuron", "staged", "micrograd"):
        book = Book(name)
        for node in book.document.nodes.values():
            sheet = SheetLook(node.id).see(book.scene)
            for t in sheet.terms:
                assert t.local is not None
                assert t.downstream is not None
                np.testing.assert_allclose(t.local.cells * sheet.upstream[0].cells, t.downstream.cells, rtol=1e-12)


@pytest.mark.parametrize(
    ("example", "node", "found"),
    [
        ("product", "f", [-3, 4]),
        ("max", "f", [1, 0]),
        ("sigmoid-neuron", "σ", [0.19661193]),
    ],
)
def test_worked_examples_downstream(example: str, node: str, found: list[float]) -> None:
    """Worked examples 1, 2 and 5: what each gate's sheet shows as downstream is the course's number."""
    book = Book(example)
    name = node if book.document.named(node) else list(book.document.nodes.values())[-1].name
    assert book.back(name) == pytest.approx(found, abs=1e-8)


def test_the_neuron_of_gates_shows_the_course_s_chain() -> None:
    """Worked example 4: into 1/x, +1, exp and ×(−1) come back −0.5344, −0.5344, −0.1966 and 0.1966."""
    book = Book("sigmoid-gates")
    chain: list[float] = []
    for node in book.document.nodes.values():
        if node.gate in ("reciprocal", "exp", "negate"):
            chain += [number for number in book.back(node.name) if number is not None]
    assert sorted(chain) == pytest.approx(sorted([-0.53444665, -0.19661193, 0.19661193]), abs=1e-8)


def test_a_fork_shows_each_contribution_and_their_sum() -> None:
    """Worked example 7: both leaves branch, and the sheet's contributions add up to the course's gradients."""
    book = Book("staged")
    for leaf, ways, total in (("x", 3, 2.05956980), ("y", 2, 1.59223275)):
        (fork,) = book.sheet(leaf).forks
        assert len(fork.shares) == ways
        assert fork.total is not None
        assert fork.total.scalar == pytest.approx(total, abs=1e-8)
        assert sum(s.figure.scalar or 0 for s in fork.shares if s.figure) == pytest.approx(total, abs=1e-8)


def test_a_wire_shows_its_contribution_alone_and_the_rule_that_made_it() -> None:
    """A wire's sheet has one term, the rule of the gate at its end, and the sum of the fork it leaves."""
    book = Book("micrograd")
    sheet = book.wire("a", "ab")
    assert sheet.title == "Multiply"
    (only,) = sheet.terms
    assert only.downstream is not None
    (fork,) = sheet.forks
    assert fork.total is not None
    assert fork.total.scalar == pytest.approx(138.8338, abs=1e-4)
    alone = next(share for share in fork.shares if share.wire == sheet.wire)
    assert alone.figure is not None
    assert alone.figure.scalar == only.downstream.scalar != fork.total.scalar


@pytest.mark.parametrize(
    ("name", "gate", "found"),
    [
        ("patterns", "mul", [-8, 6]),
        ("patterns", "max", [2, 0]),
        ("patterns", "add", [2, 2]),
        ("micrograd", "g", [1, 1]),
    ],
)
def test_worked_examples_of_several_gates(name: str, gate: str, found: list[float]) -> None:
    """Worked examples 6 and 8: what the sheets of their gates send back is the course's."""
    assert Book(name).back(gate) == found


def test_micrograd_s_leaves_sum_up_to_its_readme() -> None:
    """Worked example 8: the contributions of b's fork add up to 645.5773."""
    (fork,) = Book("micrograd").sheet("b").forks
    assert sum(share.figure.scalar or 0 for share in fork.shares if share.figure) == pytest.approx(645.5773, abs=1e-4)


def test_worked_examples_of_losses() -> None:
    """Worked examples 11 and 13: scores get [0.2, −0.7, 0.5] from softmax, and the SVM's loss is 8."""
    scores = term(Book("softmax-row").sheet("loss"), "scores").downstream
    assert scores is not None
    np.testing.assert_allclose(scores.cells, [[0.2, -0.7, 0.5]], atol=1e-12)
    (loss,) = Book("svm-row").sheet("loss").outputs
    assert loss.scalar == 8


def test_the_factors_of_a_matrix_product_get_their_shapes() -> None:
    """Worked example 10: dW = dD·Xᵀ is 5 × 10 and dX = Wᵀ·dD is 10 × 3, as the sheet's pictures show them."""
    book = Book("matmul-shapes")
    sheet = book.sheet("D")
    back = [t.downstream for t in sheet.terms]
    assert [figure.shape for figure in back if figure] == [(5, 10), (10, 3)]
    d, w, x = sheet.upstream[0].cells, *(t.value.cells for t in sheet.terms if t.value)
    for figure, made in zip(back, (d @ x.T, w.T @ d), strict=True):
        assert figure is not None
        np.testing.assert_allclose(figure.cells, made, rtol=1e-12)


def test_a_small_jacobian_is_the_local_gradient() -> None:
    """Worked example 9: ‖Wx‖² shows the Jacobian of q by W, and that × upstream is the course's gradient of W."""
    sheet = Book("norm-squared").sheet("q")
    w, x = sheet.terms
    assert w.matrix
    assert w.local is not None
    assert w.downstream is not None
    assert x.downstream is not None
    np.testing.assert_allclose(w.downstream.cells, [[0.088, 0.176], [0.104, 0.208]], atol=1e-12)
    np.testing.assert_allclose(x.downstream.cells, [[-0.112, 0.636]], atol=1e-12)
    made = w.local.cells @ sheet.upstream[0].cells.reshape(-1)
    np.testing.assert_allclose(made, w.downstream.cells.reshape(-1), atol=1e-12)


def test_a_large_array_is_shown_by_a_bounded_picture() -> None:
    """An array of 300 × 100 keeps 60 × 50 of its cells and the norm, least and largest of all of them."""
    book = Book("spiral")
    value = term(book.sheet("relu"), "x").value
    assert value is not None
    hidden = book.document.named("hidden")
    assert hidden is not None
    whole = book.plan.value(book.compiled.slots[hidden.id, "z"])
    assert value.cells.shape == (60, 50)
    assert value.seen == "every 5th row and every 2th column"
    np.testing.assert_array_equal(value.cells, whole[::5, ::2])
    assert (value.low, value.high) == (whole.min(), whole.max())
    assert value.norm == pytest.approx(np.linalg.norm(whole))
    assert not np.shares_memory(value.cells, whole)


def test_a_jacobian_that_is_too_large_is_told_by_its_size() -> None:
    """Worked example 12: of a layer's large output no Jacobian is built, and the sheet says how large it would be."""
    x = term(Book("spiral").sheet("scores"), "x")
    assert x.local is None
    assert x.jacobian == (30_000, 900)
    assert "Jacobian of 30,000 × 900, never built" in x.equation


ZERO = [
    ("relu", {"x": -2.0}, "No gradient comes back: ReLU is off, x = -2 ≤ 0."),
    ("sigmoid", {"x": 40.0}, "the sigmoid is saturated at x = 40: far from 0 its curve is flat."),
    ("step", {"x": 1.0}, "No gradient comes back: a step is flat on both sides of its jump."),
]


@pytest.mark.parametrize(("gate", "inputs", "sentence"), ZERO)
def test_why_a_gradient_is_zero(gate: str, inputs: dict[str, float], sentence: str) -> None:
    """A gate that lets nothing (or hardly anything) pass says why, with the number it got."""
    nodes = {name: constant(value) for name, value in inputs.items()}
    document = network({**nodes, "z": (gate, {})}, [(f"{name}.value", f"z.{name}") for name in inputs])
    (only,) = Book(document).sheet("z").terms
    assert only.zero.endswith(sentence)


def test_the_loser_of_a_max_says_so() -> None:
    """Worked example 2: of max(4, 2) the second input gets nothing, and the sheet says that it lost."""
    x, y = Book("max").sheet("f").terms
    assert x.zero == ""
    assert y.zero == "No gradient comes back: y = 2 lost: the other input is larger, or first of two equal ones."


def test_a_factor_of_zero_says_so_and_what_follows_points_further_on() -> None:
    """Times 0 nothing passes; the gate before says that the upstream gradient is 0 already."""
    document = network(
        {
            "x": constant(3.0),
            "n": ("constant", {"value": np.array(0.0)}),
            "e": ("exp", {}),
            "f": ("multiply", {}),
        },
        [("x.value", "e.x"), ("e.z", "f.x"), ("n.value", "f.y")],
    )
    book = Book(document)
    assert "the other factor of x = 20.0855 is 0" in book.sheet("f").terms[0].zero
    assert book.sheet("e").terms[0].zero == "The upstream gradient is 0 already: look at what e feeds."


def test_what_leads_nowhere_and_what_is_data_say_so() -> None:
    """No path to the loss, data and labels: each has its sentence."""
    book = Book("spiral")
    assert "it is data or state" in term(book.sheet("hidden"), "x").zero
    assert term(book.sheet("data_loss"), "labels").zero == "Labels have no gradient: a class is not a quantity."
    document = network(
        {"x": constant(3.0), "e": ("exp", {}), "f": ("square", {})},
        [("x.value", "e.x"), ("x.value", "f.x")],
    )
    chosen = document.named("f")
    assert chosen is not None
    document.settings = replace(document.settings, objective=chosen.id)
    assert Book(document).sheet("e").terms[0].zero == "No gradient comes back: no path leads from e to f."


def test_some_entries_without_a_gradient_are_counted() -> None:
    """Of an array it is told how many entries get nothing and why."""
    x = term(Book("spiral").sheet("relu"), "x")
    assert x.downstream is not None
    share = f"{x.downstream.zeros:,} of 30,000 entries get no gradient: ReLU is off, x ≤ 0."
    assert x.downstream.zeros > 10_000
    assert x.zero == share


def test_every_sheet_of_every_example_can_be_made() -> None:
    """Each node and each wire of the shipped networks has a sheet whose words hold its rule, or a reason for none."""
    for name in ("spiral", "cnn", "attention", "patterns", "mlp", "svm-row", "softmax-row", "two-layer", "relu-vector"):
        book = Book(name)
        looks = [SheetLook(node) for node in book.document.nodes]
        looks += [SheetLook(wire.target, wire.id) for wire in itertools.islice(book.document.wires.values(), 12)]
        for look in looks:
            sheet = look.see(book.scene)
            assert book.document.nodes[look.node].kind.rule in list(sheet.lines())
            assert all(figure.cells.size <= 64 * 64 for t in sheet.terms for figure in (t.value, t.local) if figure)


def test_a_node_that_isn_t_computed_says_why() -> None:
    """Without its input a gate has no sheet but a sentence."""
    document = network({"e": ("exp", {})}, [])
    with pytest.raises(EngineError, match="x isn't connected"):
        Book(document).sheet("e")


def test_a_session_sees_the_sheet_of_its_revision() -> None:
    """Watched in a session the sheet comes with the snapshot, at rest exactly."""
    document = spiral()
    hidden = next(node.id for node in document.nodes.values() if node.gate == "relu")
    session, look = Session(document), SheetLook(hidden)
    try:
        session.watch = Watch(looks=frozenset({look}))
        assert session.wait_idle()
        sheet = session.latest.seen[look]
        assert isinstance(sheet, Sheet)
        assert sheet.goal == "L"
        assert document.settings != Settings()
    finally:
        session.close()
