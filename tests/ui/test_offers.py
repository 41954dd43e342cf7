"""What is typed brings the gate that was meant to the top."""

import pytest

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio.document.fitting import End
from gradstudio.engine.catalog import CATALOG
from gradstudio.ui.canvas.adding import filter_of
from gradstudio.ui.canvas.wanted import Wanted
from gradstudio.ui.fuzzy import score_words, search
from gradstudio.ui.offers import offers, types
from tests.document.build import course, spiral

FIRST = [
    ("relu", "ReLU"), ("RELU", "ReLU"), ("max", "Max"), ("sigm", "Sigmoid"), ("simgoid", "Sigmoid"), ("log", "Log"),
    ("ln", "Log"), ("sum", "Sum"), ("*", "Multiply"), ("×", "Multiply"), ("+", "Add"), ("-", "Subtract"),
    ("−", "Subtract"), ("/", "Divide"), ("@", "MatMul"), ("1/x", "Reciprocal"), ("soft", "Softmax"), ("σ", "Sigmoid"),
    ("mse", "Mean squared error"), ("mean sq", "Mean squared error"), ("softmax +", "Softmax + cross-entropy"),
    ("logistic", "Sigmoid"), ("weight decay", "L2"), ("conv", "Conv2D"), ("dense", "Dense"), ("fully", "Dense"),
    ("lky", "Leaky ReLU"), ("batchn", "BatchNorm"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "title"), FIRST, ids=[query for query, _ in FIRST])
def test_the_gate_that_was_meant_comes_first(query: str, title: str) -> None:
    """By title, its beginning, a word of it, sign as keyboards have it, other names, initials, with a slip."""
    assert search(query, list(CATALOG))[0].title == title


def test_better_matches_come_first() -> None:
    """The title itself, its beginning, a word in it, a keyword, the beginning of one, inside, in the help, letters."""
    ranks = [
        score_words("max", "Max"),
        score_words("max", "Maxout"),
        score_words("max", "Soft max of all"),
        score_words("max", "Router", ("max",)),
        score_words("max", "Router", ("maximum",)),
        score_words("max", "Softmax"),
        score_words("max", "Router", ("softmax",)),
        score_words("max", "Router", (), "It is a max."),
        score_words("max", "Mirror a box"),
    ]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == len(ranks)
    assert ranks[-1] > 0
    assert score_words("max", "Router") == 0
    assert score_words("max router", "Router", ("max",)) > 0
    assert score_words("max zebra", "Router", ("max",)) == 0


@pytest.mark.parametrize("slip", ["simgoid", "sigmod", "sigmooid", "sigmoit"])
def test_one_slip_is_forgiven(slip: str) -> None:
    """Two letters swapped, one missing, one too many, one wrong; not two, and not in a short word."""
    assert score_words(slip, "Sigmoid") > 0
    assert score_words("sgmiod", "Sigmoid") == score_words("eul", "ELU") == 0


def test_recent_gates_come_first_where_nothing_is_typed_and_among_equals() -> None:
    """But never before a better answer."""
    recent = ["tanh", "maxout"]
    assert [gate.id for gate in search("", list(CATALOG), recent)][:2] == recent
    assert search("max", list(CATALOG), recent)[0].id == "max"
    doc = course().doc
    assert [offer.gate.id for offer in offers(doc, "", recent)][:2] == recent
    assert len(offers(doc, "", recent)) == len(CATALOG)
    keyword = [gate.id for gate in CATALOG if "squash" in gate.keywords]
    assert [gate.id for gate in search("squash", list(CATALOG), keyword[::-1])][: len(keyword)] == keyword[::-1]


def test_values_and_names_go_with_the_gate() -> None:
    """What was typed behind a gate is filled in; a number, a list or a name alone makes a constant."""
    doc = course().doc
    dense = offers(doc, "h = dense 100")[0]
    assert (dense.title, dense.filled.shown, dense.chosen.name) == ("h = Dense", "units 100", "h")
    assert offers(doc, "-2")[0].gate.id == "constant"
    assert offers(doc, "a = [1, 2]")[0].title == "a = Constant"
    assert [offer.gate.id for offer in offers(doc, "a =")[:2]] == ["constant", "parameter"]
    assert offers(doc, "p = + ")[0].title == "p = Add"


def test_a_gate_that_cannot_take_what_was_typed_says_so_last() -> None:
    """One that can comes before it; one that was hardly meant isn't offered at all."""
    doc = course().doc
    found = offers(doc, "relu 6")
    assert found[0].gate.id != "relu" or found[0].filled.problem
    relu = next(offer for offer in found if offer.gate.id == "relu")
    assert "takes no values" in relu.filled.problem
    assert "dense" not in {offer.gate.id for offer in found}
    taken = offers(doc, "q = relu")[0]
    assert "There is a node “q” already" in taken.filled.problem


def test_only_what_fits_is_offered_where_a_wire_wants_it() -> None:
    """With the values that were typed."""
    net = spiral()
    labels = Wanted(ends=(End(net.id("data"), "labels", True),))
    found = {offer.gate.id for offer in offers(net.doc, "", (), filter_of(net.doc, labels))}
    assert "softmax_cross_entropy" in found
    assert not {"dense", "relu", "constant", "add"} & found
    net.add("parameter", "v", value=[1.0, 2.0, 3.0])
    net.add("add", "s")
    net.wire("scores.z", "s.x")
    net.wire("v.value", "s.y")
    wire = next(w.id for w in net.doc.wires.values() if w.target == net.id("s") and w.input == "x")
    fits = filter_of(net.doc, Wanted(wire=wire))
    assert offers(net.doc, "dense 3", (), fits)[0].gate.id == "dense"
    assert not offers(net.doc, "dense 4", (), fits)


def test_types_are_told() -> None:
    """What goes in and comes out; an input that takes many has dots; a parameter gives its weight."""
    told = {gate: types(CATALOG.get(gate)) for gate in ("add", "softmax_cross_entropy", "l2", "spiral", "parameter")}
    assert told == {
        "add": "x, y → z",
        "softmax_cross_entropy": "scores, labels → loss",
        "l2": "w… → loss",
        "spiral": "→ X, labels",
        "parameter": "→ value",
    }
