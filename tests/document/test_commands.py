"""Commands: each makes a patch and changes nothing, or refuses in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.model import Document, Node, Patch, Settings, Training
from gradstudio.document.names import like, numbered, unique_name
from gradstudio.document.reasons import Reason, Refused, SettingsError
from gradstudio.document.settings import checked
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import ParamError
from tests.document.build import Net, course, picture, spiral
from tests.document.strategies import documents, edit


def trained(net: Net) -> Net:
    """The network with a training state for its weights."""
    weights = {f"{net.id('hidden')}.W": np.ones((2, 10)), f"{net.id('hidden')}.b": np.ones(10)}
    weights[f"{net.id('scores')}.W"] = np.ones((10, 3))
    moments = {f"{name}/m": np.zeros(array.shape) for name, array in weights.items()}
    net.do(commands.set_training(net.doc, Training(5, weights, moments, {"step": np.arange(5)}), "Train 5 steps"))
    return net


@settings(max_examples=100, deadline=None)
@given(documents(max_edits=10), st.data())
def test_a_command_changes_nothing(doc: Document, data: st.DataObject) -> None:
    """Making a patch leaves the document exactly as it is; only applying it does something."""
    before, revision = picture(doc), doc.revision
    edit(data.draw, doc)
    assert (picture(doc), doc.revision) == (before, revision)


# --- nodes -------------------------------------------------------------------------------------------------------


def test_a_new_node() -> None:
    """A node comes with a free name, its params in normal form, and where it was dropped."""
    net = Net()
    patch, node = commands.add_node(net.doc, "dense", 12, 34.5, params={"units": np.int64(7), "start_b": [1, 2]})
    assert patch.title == "Add dense1"
    net.do(patch)
    record = net.doc.nodes[node]
    assert (record.gate, record.name, record.x, record.y) == ("dense", "dense1", 12.0, 34.5)
    assert type(record.params["units"]) is int
    start = record.params["start_b"]
    assert isinstance(start, np.ndarray)
    assert start.dtype == np.float64
    assert not start.flags.writeable
    with pytest.raises(TypeError):
        record.params["units"] = 3  # type: ignore[index]


@pytest.mark.parametrize(
    ("make", "reason", "words"),
    [
        (lambda d: commands.add_node(d, "warp", 0, 0), Reason.UNKNOWN_GATE, "There is no gate “warp”"),
        (lambda d: commands.add_node(d, "add", 0, 0, name="x"), Reason.NAME, "There is a node “x” already"),
        (lambda d: commands.add_node(d, "add", 0, 0, name=""), Reason.NAME, "needs a name"),
        (lambda d: commands.add_node(d, "add", float("inf"), 0), Reason.PLACE, "can't be at (inf, 0)"),
        (lambda d: commands.delete(d, [99]), Reason.UNKNOWN_NODE, "no node 99"),
        (lambda d: commands.delete(d, [], [99]), Reason.UNKNOWN_NODE, "no wire 99"),
        (lambda d: commands.disconnect(d, [99]), Reason.UNKNOWN_NODE, "no wire 99"),
        (lambda d: commands.move(d, {99: (0, 0)}), Reason.UNKNOWN_NODE, "no node 99"),
        (lambda d: commands.move(d, {1: (float("nan"), 0)}), Reason.PLACE, "can't be at (nan, 0)"),
        (lambda d: commands.rename(d, 1, "y"), Reason.NAME, "“y” already"),
        (lambda d: commands.rename(d, 1, " \t"), Reason.NAME, "is empty"),
        (lambda d: commands.rename(d, 1, "a\x00b"), Reason.NAME, "control character U+0000"),
        (lambda d: commands.rename(d, 1, "a\ud800b"), Reason.NAME, "control character U+D800"),
        (lambda d: commands.rename(d, 1, "a\u202eb"), Reason.NAME, "control character U+202E"),
        (lambda d: commands.rename(d, 1, "a" * 101), Reason.NAME, "at most 100 characters; this one has 101"),
        (lambda d: commands.set_param(d, [99], "value", 1), Reason.UNKNOWN_NODE, "no node 99"),
        (lambda d: commands.set_objective(d, 99), Reason.OBJECTIVE, "node 99, which isn't there"),
        (lambda d: commands.connect(d, 1, "value", 4, "x"), Reason.DUPLICATE, "“x” → “q”"),
        (lambda d: commands.connect(d, 3, "value", 4, "x"), Reason.OCCUPIED, "x is taken by “x”"),
        (lambda d: commands.copy(d, [99]), Reason.UNKNOWN_NODE, "no node 99"),
        (lambda d: commands.duplicate(d, [99]), Reason.UNKNOWN_NODE, "no node 99"),
    ],
)
def test_refusals(make: Callable[[Document], object], reason: Reason, words: str) -> None:
    """What can't be done is refused by its reason and in a sentence, and the document stays as it is."""
    net = course()
    before = picture(net.doc)
    with pytest.raises(Refused) as caught:
        make(net.doc)
    assert caught.value.reason is reason
    assert words in caught.value.message
    assert str(caught.value) == caught.value.message
    assert picture(net.doc) == before


def test_delete_takes_the_wires_along() -> None:
    """With a node go its wires, with a wire nothing else; the title counts what was asked for."""
    net = course()
    patch = commands.delete(net.doc, [net.id("q")])
    assert patch.title == "Delete q"
    net.do(patch)
    assert [w.source for w in net.doc.wires.values()] == [net.id("z")]
    patch = commands.delete(net.doc, [net.id("x"), net.id("y")], net.doc.wires)
    assert patch.title == "Delete 2 nodes and 1 wire"
    net.do(patch)
    assert (len(net.doc.nodes), len(net.doc.wires)) == (2, 0)


def test_delete_takes_what_was_trained_and_the_objective_along() -> None:
    """Trained weights of a deleted node go, so that no new node of its number finds them; undo brings them back."""
    net = trained(spiral())
    net.do(commands.set_objective(net.doc, net.id("loss")))
    before = picture(net.doc)
    net.do(commands.delete(net.doc, [net.id("hidden"), net.id("loss")]))
    scores = net.id("scores")
    assert list(net.doc.training.parameters) == [f"{scores}.W"]
    assert list(net.doc.training.optimizer) == [f"{scores}.W/m"]
    assert net.doc.training.step == 5
    assert net.doc.settings.objective is None
    net.history.undo()
    assert picture(net.doc) == before


def test_deleting_what_was_never_trained_leaves_the_training_alone() -> None:
    """A node without weights takes nothing of the training state along, and doesn't even touch it."""
    net = trained(spiral())
    assert commands.delete(net.doc, [net.id("relu")]).training is None


def test_connect_replaces_only_where_it_is_told_to() -> None:
    """Replacing an occupied input takes the old wire away and puts the new one in, as one step."""
    net = course()
    old = net.doc.wires_into(net.id("f"))[0]
    new = net.wire("z.value", "f.x", replace=True)
    assert old.id not in net.doc.wires
    assert {w.id for w in net.doc.wires_into(net.id("f")) if w.input == "x"} == {new}
    assert net.history.undo_title == "Connect z to f"
    net.history.undo()
    assert net.doc.wires[old.id] is old


def test_an_input_for_many_is_added_to() -> None:
    """At an input for many, connecting never takes a wire away, in the order they were drawn."""
    net = spiral()
    net.wire("hidden.b", "decay.w", replace=True)
    assert [w.output for w in net.doc.wires_into(net.id("decay"))] == ["W", "W", "b"]


def test_the_end_of_a_wire_can_be_dragged_elsewhere() -> None:
    """Connecting in place of a wire takes that one away in the same step."""
    net = course()
    wire = net.doc.wires_into(net.id("q"))[0]
    net.add("exp", "e")
    net.do(commands.connect(net.doc, net.id("x"), "value", net.id("e"), "x", without=wire.id))
    assert wire.id not in net.doc.wires
    assert [w.input for w in net.doc.wires_into(net.id("q"))] == ["y"]


def test_titles_of_disconnect() -> None:
    """One wire is told by its ends, several by their number."""
    net = course()
    wires = list(net.doc.wires)
    assert commands.disconnect(net.doc, wires[:1]).title == "Disconnect x from q"
    assert commands.disconnect(net.doc, wires[:2]).title == "Disconnect 2 wires"


def test_moving_nowhere_is_nothing() -> None:
    """Nodes that stay where they are aren't in the patch, and -0.0 is 0.0."""
    net = course()
    assert commands.move(net.doc, {1: (0, 0), 2: (-0.0, 0)}).empty
    patch = commands.move(net.doc, {1: (0, 0), 2: (5, 0)})
    assert list(patch.nodes) == [2]
    assert commands.move(net.doc, {2: (5, 0)}).title == "Move y"
    assert patch.title == "Move 2 nodes"


def test_rename() -> None:
    """Spaces around a name are taken off, the same name is nothing, and any script is welcome."""
    net = course()
    net.do(commands.rename(net.doc, 1, "  σ′ 重み "))
    assert net.id("σ′ 重み") == 1
    assert net.doc.named("x") is None
    assert commands.rename(net.doc, 1, "σ′ 重み").empty
    assert net.history.undo_title == "Rename x to σ′ 重み"


# --- params ------------------------------------------------------------------------------------------------------


def test_set_param() -> None:
    """A value reaches its nodes in normal form; the title says which."""
    net = spiral()
    net.do(commands.set_param(net.doc, [net.id("hidden")], "units", 7))
    assert net.doc.nodes[net.id("hidden")].params["units"] == 7
    assert net.history.undo_title == "Set units of hidden"
    net.do(commands.set_param(net.doc, [net.id("hidden"), net.id("scores")], "units", 4))
    assert net.history.undo_title == "Set units of 2 nodes"
    assert [net.doc.nodes[net.id(name)].params["units"] for name in ("hidden", "scores")] == [4, 4]


def test_setting_what_is_set_already_is_nothing() -> None:
    """The present value, given or by default, makes no patch; -0.0 for 0.0 does."""
    net = spiral()
    assert commands.set_param(net.doc, [net.id("hidden")], "units", 10).empty
    assert commands.set_param(net.doc, [net.id("hidden")], "bias", True).empty
    assert commands.set_param(net.doc, [net.id("hidden")], "start_W", None).empty
    net.add("constant", "c", value=0.0)
    assert not commands.set_param(net.doc, [net.id("c")], "value", -0.0).empty
    assert commands.set_param(net.doc, [], "units", 3).empty


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("units", 0, "units needs a whole number from 1 to 65536, found 0."),
        ("units", 2.5, "units needs a whole number from 1 to 65536, found “2.5”."),
        ("start_W", [[1], [2, 3]], "start W needs a number or a list of numbers"),
        ("start_W", [float("nan")], "start W needs a number or a list of numbers"),
        ("init", "magic", "start needs one of he, xavier"),
        ("wings", 2, "Dense has no parameter “wings”; it has units"),
    ],
)
def test_a_value_a_gate_cannot_take(name: str, value: object, words: str) -> None:
    """It is refused in the sentence of its field, for one of several nodes as for one."""
    net = spiral()
    with pytest.raises(ParamError) as caught:
        commands.set_param(net.doc, [net.id("hidden")], name, value)
    assert words in str(caught.value)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**400], ids=["above", "below", "far"])
def test_whole_numbers_no_file_can_hold_are_refused(value: int) -> None:
    """Where a param has no upper limit of its own, 64 bits are one; the largest number below is kept in a file."""
    net = Net()
    node = net.add("slice")
    with pytest.raises(ParamError, match="begin needs a whole number, below 2⁶³ in size, found"):
        commands.set_param(net.doc, [node], "begin", value)
    net.do(commands.set_param(net.doc, [node], "begin", 2**63 - 1))
    assert files.loads(files.dumps(net.doc)).nodes[node].params["begin"] == 2**63 - 1


def test_a_param_only_some_nodes_have_is_refused() -> None:
    """Setting a param of several nodes is all or nothing."""
    net = spiral()
    with pytest.raises(ParamError, match="ReLU has no parameter “units”; it has none"):
        commands.set_param(net.doc, [net.id("hidden"), net.id("relu")], "units", 5)


def test_a_placeholder_has_no_params_to_set() -> None:
    """Nobody knows what a gate that isn't known here could take."""
    net = Net()
    net.place(Node(1, "from_the_future", "p", {"a": 1}))
    with pytest.raises(Refused, match="from_the_future"):
        commands.set_param(net.doc, [1], "a", 2)


def test_ports_that_vanish_take_their_wires_and_weights_along() -> None:
    """Without bias there is no b: its wire and what was trained of it go, and come back with undo."""
    net = trained(spiral())
    net.wire("hidden.b", "decay.w")
    before = picture(net.doc)
    net.do(commands.set_param(net.doc, [net.id("hidden")], "bias", False))
    hidden = net.id("hidden")
    assert [w.output for w in net.doc.wires_out_of(hidden)] == ["z", "W"]
    assert f"{hidden}.b" not in net.doc.training.parameters
    assert f"{hidden}.b/m" not in net.doc.training.optimizer
    assert f"{hidden}.W" in net.doc.training.parameters
    net.history.undo()
    assert picture(net.doc) == before


def test_a_new_start_value_forgets_what_was_trained() -> None:
    """Who pins a start value wants to see it: the node's trained weights go, those of others stay."""
    net = trained(spiral())
    net.do(commands.set_param(net.doc, [net.id("hidden")], "start_W", np.ones((2, 10))))
    assert list(net.doc.training.parameters) == [f"{net.id('scores')}.W"]
    net.do(commands.set_param(net.doc, [net.id("scores")], "units", 5))
    assert list(net.doc.training.parameters) == [f"{net.id('scores')}.W"]


def test_a_value_that_is_wrong_can_be_mended() -> None:
    """A node whose params no longer go together, as of an older gate, takes the value that mends it."""
    net = spiral()
    net.place(Node(net.id("hidden"), "dense", "hidden", {"units": -5}))
    net.do(commands.set_param(net.doc, [net.id("hidden")], "units", 5))
    assert net.shape("hidden.z") == (60, 5)


# --- settings and training ---------------------------------------------------------------------------------------


def test_change_settings() -> None:
    """Settings change by name, in normal form; the same again is nothing."""
    net = course()
    net.do(commands.change_settings(net.doc, learning_rate=1, batch_size=32))
    assert net.doc.settings == Settings(learning_rate=1.0, batch_size=32)
    assert type(net.doc.settings.learning_rate) is float
    assert net.history.undo_title == "Change settings"
    assert commands.change_settings(net.doc, learning_rate=1.0).empty
    assert commands.change_settings(net.doc, learning_rate=0.001).title == "Set learning rate to 0.001"
    assert commands.change_settings(net.doc, batch_size=None).title == "Set batch size"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", 0), ("learning_rate", -1.0), ("learning_rate", float("inf")), ("learning_rate", float("nan")),
        ("learning_rate", True), ("learning_rate", "0.1"), ("learning_rate", None), ("learning_rate", 1e7),
        ("momentum", -0.1), ("momentum", 1.1), ("momentum", float("nan")), ("steps", 0), ("steps", 10**9 + 1),
        ("steps", 1.0), ("steps", True), ("steps", None), ("batch_size", 0), ("batch_size", "all"), ("seed", -1),
        ("seed", 2**32), ("dtype", "float16"), ("optimizer", "newton"), ("optimizer", None), ("wings", 2),
        ("objective", "f"), ("schedule", "moon"), ("schedule", None), ("period", 0), ("period", 1.5), ("factor", 0.0),
        ("factor", 1.5), ("factor", None), ("warmup", -1), ("warmup", None), ("clip_norm", 0.0), ("clip_value", -1.0),
        ("weight_decay", -0.1), ("weight_decay", 2.0), ("weight_decay", None), ("patience", -1), ("patience", None),
        ("threshold", 1.1), ("least_rate", -1.0), ("least_rate", float("nan")), ("stop_patience", 0),
        ("stop_delta", -0.1),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(name: str, value: Any) -> None:
    """Every setting has its range, and the refusal says which one and what was found."""
    with pytest.raises(SettingsError) as caught:
        commands.change_settings(course().doc, **{name: value})
    assert name.replace("_", " ") in caught.value.message
    assert caught.value.reason is Reason.SETTINGS
    assert len(caught.value.message) < 200


def test_numbers_of_thousands_of_digits_are_refused_like_others() -> None:
    """A whole number too long to be written out is refused in a short sentence, as a setting and as a param."""
    net = spiral()
    with pytest.raises(SettingsError, match="a number of many digits"):
        commands.change_settings(net.doc, steps=10**5000)
    with pytest.raises(ParamError) as caught:
        commands.set_param(net.doc, [net.id("hidden")], "units", 10**400)
    assert str(caught.value) == "units needs a whole number from 1 to 65536, found a number of hundreds of digits."


def test_the_default_settings_are_in_range() -> None:
    """What a new document starts with could be set by hand."""
    for name in Settings.__dataclass_fields__:
        assert checked(name, getattr(Settings(), name)) == getattr(Settings(), name)


def test_the_objective_is_a_node_gradients_flow_from() -> None:
    """Data and labels can't be minimised; anything computed can, and so can every end of the graph."""
    net = spiral()
    with pytest.raises(Refused, match="“data” can't be minimised"):
        commands.set_objective(net.doc, net.id("data"))
    patch = commands.set_objective(net.doc, net.id("loss"))
    assert patch.title == "Minimise loss"
    net.do(patch)
    assert net.doc.settings.objective == net.id("loss")
    assert commands.set_objective(net.doc, net.id("loss")).empty
    assert commands.set_objective(net.doc, None).title == "Minimise every end"


def test_training_is_kept_as_it_was_given() -> None:
    """Arrays that somebody could still write to are copied, others shared; all are read-only afterwards."""
    net = course()
    mine, shared = np.ones(3), np.zeros(3)
    shared.flags.writeable = False
    net.do(commands.set_training(net.doc, Training(1, {"1.W": mine, "1.b": shared}), "Train 1 step"))
    mine[0] = 99
    kept = net.doc.training.parameters
    assert kept["1.W"].tolist() == [1, 1, 1]
    assert not kept["1.W"].flags.writeable
    assert mine.flags.writeable
    assert kept["1.b"] is shared
    assert commands.set_training(net.doc, net.doc.training, "Again").empty


def test_reset_training() -> None:
    """Resetting empties the training state; an empty one stays as it is."""
    net = course()
    assert commands.reset_training(net.doc).empty
    net.do(commands.set_training(net.doc, Training(3), "Train 3 steps"))
    patch = commands.reset_training(net.doc)
    assert patch.title == "Reset training"
    net.do(patch)
    assert net.doc.training.step == 0
    for state in (
        Training(0, {"1.W": np.ones(1)}),
        Training(0, {}, {"1.W/m": np.ones(1)}),
        Training(0, history={"a": np.ones(1)}),
    ):
        net.do(commands.set_training(net.doc, state, "Train"))
        assert not commands.reset_training(net.doc).empty


# --- names -------------------------------------------------------------------------------------------------------


def test_names_of_new_nodes() -> None:
    """Constants are x, y, z …, then x2; layers dense1, dense2; a gap is filled, a digit in the id set apart."""
    net = Net()
    for _ in CATALOG.get("constant").names:
        net.add("constant")
    assert [n.name for n in net.doc.nodes.values()] == list(CATALOG.get("constant").names)
    assert unique_name(net.doc, CATALOG.get("constant")) == "x2"
    net.add("dense")
    net.add("dense")
    assert net.doc.named("dense2") is not None
    net.do(commands.delete(net.doc, [net.id("y")]))
    assert unique_name(net.doc, CATALOG.get("constant")) == "y"


@settings(max_examples=100)
@given(st.sets(st.integers(1, 40)), st.integers(1, 3))
def test_numbered_names_are_free(taken: set[int], first: int) -> None:
    """A numbered name is never a taken one; where the numbers run on without a gap it is the next."""
    names = {f"n{i}" for i in taken}
    name = numbered("n", first, names.__contains__)
    assert name not in names
    assert int(name[1:]) >= first
    if taken == set(range(first, first + len(taken))):
        assert name == f"n{first + len(taken)}"


@pytest.mark.parametrize(
    ("name", "others", "free"),
    [
        ("x", [], "x"),
        ("x", ["x"], "x2"),
        ("dense1", ["dense1", "dense2"], "dense3"),
        ("7", ["7"], "7_2"),
        ("n" * 100, ["n" * 100], "n" * 80 + "2"),
    ],
)
def test_a_copy_is_called_like_its_original(name: str, others: list[str], free: str) -> None:
    """The name stays if it is free, else its number changes."""
    assert like(name, others.__contains__) == free


def test_building_a_large_network_stays_quick() -> None:
    """Adding the 3,000th node of a kind looks at a few names, not at 3,000."""
    asked = []
    names = {f"relu{i}" for i in range(1, 3001)}

    def taken(name: str) -> bool:
        asked.append(name)
        return name in names

    assert numbered("relu", 1, taken) == "relu3001"
    assert len(asked) < 40


def test_an_empty_patch_is_empty() -> None:
    """What a command makes of nothing is told as empty, whatever its title."""
    assert Patch("Nothing").empty
    assert not Patch("Something", settings=Settings()).empty
