"""Undo and redo: steps, gestures, groups and the clean mark."""

from __future__ import annotations

import numpy as np
import pytest
from psygnal import EmitLoopError

from gradstudio.document import commands, history
from gradstudio.document.history import History
from gradstudio.document.model import Document, Patch, Training
from tests.document.build import Net, course, picture


def titled(net: Net) -> tuple[str, ...]:
    """The titles of all steps."""
    return net.history.titles


def clean(net: Net) -> bool:
    """Whether the document is as it was saved."""
    return net.history.clean


def test_undo_and_redo_go_step_by_step() -> None:
    """Each step leads to the document before it and back again, and tells its title."""
    net = Net()
    empty = picture(net.doc)
    net.add("constant", "x")
    one = picture(net.doc)
    net.add("constant", "y")
    two = picture(net.doc)
    assert (net.history.undo_title, net.history.redo_title, net.history.index) == ("Add y", "", 2)
    net.history.undo()
    assert picture(net.doc) == one
    assert (net.history.undo_title, net.history.redo_title) == ("Add x", "Add y")
    net.history.undo()
    assert picture(net.doc) == empty
    assert not net.history.can_undo
    net.history.redo()
    net.history.redo()
    assert picture(net.doc) == two
    assert not net.history.can_redo


def test_nothing_to_undo_or_redo_is_said_not_raised() -> None:
    """At either end of the list undo and redo do nothing and return False."""
    empty = History(Document())
    assert empty.undo() is False
    assert empty.redo() is False
    assert (empty.undo_title, empty.redo_title) == ("", "")


def test_an_empty_patch_is_no_step() -> None:
    """What changes nothing leaves list, document and redo steps alone."""
    net = course()
    net.history.undo()
    revision, titles = net.doc.revision, titled(net)
    net.do(Patch("Nothing"))
    assert (net.doc.revision, titled(net)) == (revision, titles)
    assert net.history.can_redo


def test_a_new_edit_after_undo_drops_what_was_undone() -> None:
    """The list has one line: an edit after an undo takes the place of the undone steps."""
    net = course()
    net.history.undo()
    net.history.undo()
    net.add("exp", "e")
    assert titled(net)[-1] == "Add e"
    assert not net.history.can_redo


def test_patches_of_one_gesture_are_one_step() -> None:
    """Patches with one merge key make one step that leads back to before the first of them."""
    net = course()
    before, steps = picture(net.doc), len(titled(net))
    for x in range(5):
        net.do(commands.move(net.doc, {1: (x + 1, 0)}), merge=("move", 1))
    assert len(titled(net)) == steps + 1
    net.history.undo()
    assert picture(net.doc) == before
    net.history.redo()
    assert net.doc.nodes[1].x == 5


def test_patches_merge_only_within_a_gesture() -> None:
    """Another key, no key, sealing, undoing, redoing or saving in between begins a new step."""
    net = course()
    x = 0

    def move(key: object) -> int:
        nonlocal x
        x += 1
        net.do(commands.move(net.doc, {1: (x, 0)}), merge=key)
        return len(titled(net))

    steps = move("a")
    assert move("a") == steps
    assert move("b") == steps + 1
    assert move(None) == steps + 2
    assert move(None) == steps + 3
    move("c")
    net.history.seal()
    assert move("c") == steps + 5
    net.history.set_clean()
    assert move("c") == steps + 6
    net.history.undo()
    assert move("c") == steps + 6
    net.history.undo()
    net.history.redo()
    assert move("c") == steps + 7


def test_a_gesture_that_comes_back_leaves_no_step() -> None:
    """Dragging a node away and back again is nothing to undo, and a saved document is still clean."""
    net = course()
    net.history.set_clean()
    steps = titled(net)
    net.do(commands.move(net.doc, {1: (9, 9)}), merge="m")
    assert not clean(net)
    net.do(commands.move(net.doc, {1: (0, 0)}), merge="m")
    assert titled(net) == steps
    assert clean(net)


def test_a_group_is_one_step() -> None:
    """Whatever is done in a group, groups inside it too, is undone and redone at once under its title."""
    net = course()
    before = picture(net.doc)
    steps = len(titled(net))
    with net.history.group("Rebuild"):
        net.add("exp", "e")
        with net.history.group("inner"):
            net.wire("f.z", "e.x")
        net.do(commands.delete(net.doc, [net.id("x")]))
        assert not net.history.can_undo
        assert not net.history.undo()
    after = picture(net.doc)
    assert titled(net)[steps:] == ("Rebuild",)
    net.history.undo()
    assert picture(net.doc) == before
    net.history.redo()
    assert picture(net.doc) == after


def test_groups_are_apart_from_what_surrounds_them() -> None:
    """The edits before and after a group, and of two groups of one title, are steps of their own."""
    net = course()
    steps = len(titled(net))
    net.do(commands.move(net.doc, {1: (1, 0)}), merge="m")
    for x in (2, 3):
        with net.history.group("G"):
            net.do(commands.move(net.doc, {1: (x, 0)}), merge="m")
            net.do(commands.move(net.doc, {2: (x, 0)}))
    net.do(commands.move(net.doc, {1: (4, 0)}), merge="m")
    assert titled(net)[steps:] == ("Move x", "G", "G", "Move x")


def test_a_group_that_fails_has_not_happened() -> None:
    """An exception inside a group takes its edits back and leaves the list, with its undone steps, as it was."""
    net = course()
    net.history.undo()
    before, titles, index = picture(net.doc), titled(net), net.history.index

    def fail() -> None:
        with net.history.group("Fails"):
            net.add("exp", "e")
            net.add("exp", "e2")
            raise KeyError("by design")

    with pytest.raises(KeyError):
        fail()
    assert (picture(net.doc), titled(net), net.history.index) == (before, titles, index)
    assert net.history.redo()


def test_an_empty_group_is_no_step() -> None:
    """A group in which nothing is done leaves no trace."""
    net = course()
    titles = titled(net)
    with net.history.group("Nothing"):
        pass
    assert titled(net) == titles


def test_the_clean_mark_follows_undo_and_redo() -> None:
    """A document is clean exactly where it was saved."""
    net = Net()
    assert clean(net)
    net.add("constant", "x")
    assert not clean(net)
    net.history.set_clean()
    assert clean(net)
    net.history.undo()
    assert not clean(net)
    net.history.redo()
    assert clean(net)
    net.add("constant", "y")
    net.history.undo()
    assert clean(net)


def test_a_saved_state_that_was_undone_and_overwritten_never_comes_back() -> None:
    """After an undo behind the clean mark and a new edit, no undo or redo claims the document is saved."""
    net = Net()
    for name in "xyz":
        net.add("constant", name)
    net.history.set_clean()
    net.history.undo()
    net.history.undo()
    net.add("constant", "w")
    net.add("constant", "v")
    assert net.history.index == 3
    seen = []
    while net.history.undo():
        seen.append(net.history.clean)
    while net.history.redo():
        seen.append(net.history.clean)
    assert not any(seen)
    net.history.set_clean()
    assert clean(net)


def test_an_edit_never_merges_into_what_was_saved() -> None:
    """Saved amid a gesture, a document is modified by its next patch, and undo finds what was saved."""
    net = Net()
    x = net.add("constant", "x")
    net.do(commands.move(net.doc, {x: (1, 0)}), merge="m")
    net.history.set_clean()
    net.do(commands.move(net.doc, {x: (2, 0)}), merge="m")
    assert not clean(net)
    net.history.undo()
    assert clean(net)
    assert net.doc.nodes[x].x == 1


def test_a_refused_patch_leaves_the_history_alone() -> None:
    """Where the document refuses a patch the list, its undone steps and its mark are as before."""
    net = course()
    net.history.undo()
    titles, index = titled(net), net.history.index
    with pytest.raises(ValueError, match="leave wire"):
        net.do(Patch("Broken", {1: None}))
    assert (titled(net), net.history.index) == (titles, index)
    assert net.history.redo()


def test_undo_is_complete_though_an_observer_fails() -> None:
    """An observer that raises doesn't keep an edit from being undone."""
    net = course()
    before = picture(net.doc)

    def fail(_: object) -> None:
        raise RuntimeError("by design")

    net.doc.changed.connect(fail)
    with pytest.raises(EmitLoopError):
        net.add("exp", "e")
    net.doc.changed.disconnect(fail)
    assert net.history.undo_title == "Add e"
    net.history.undo()
    assert picture(net.doc) == before


def test_an_observer_may_edit() -> None:
    """An edit made while another one is announced comes after it in the list."""
    net = course()
    before = picture(net.doc)

    def follow(_: object) -> None:
        if net.doc.named("follower") is None:
            net.add("exp", "follower")

    net.doc.changed.connect(follow)
    net.add("exp", "leader")
    net.doc.changed.disconnect(follow)
    assert titled(net)[-2:] == ("Add leader", "Add follower")
    net.history.undo()
    net.history.undo()
    assert picture(net.doc) == before


def test_listeners_hear_every_change_of_the_list() -> None:
    """`changed` comes after do, undo, redo and set_clean, when the history can be asked already."""
    net = Net()
    heard: list[tuple[int, bool]] = []
    net.history.changed.connect(lambda: heard.append((net.history.index, net.history.clean)))
    net.add("constant", "x")
    net.history.set_clean()
    net.history.undo()
    net.history.redo()
    assert heard == [(1, False), (1, True), (0, False), (1, True)]


def test_the_list_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many steps the oldest are forgotten; the rest can still be undone, and the mark moves along."""
    monkeypatch.setattr(history, "MOST_STEPS", 5)
    net = Net()
    for i in range(4):
        net.add("constant", f"n{i}")
    net.history.set_clean()
    for i in range(4, 8):
        net.add("constant", f"n{i}")
    assert len(titled(net)) == 5
    for _ in range(4):
        net.history.undo()
    assert clean(net)
    net.history.undo()
    assert not net.history.can_undo
    assert len(net.doc.nodes) == 3


def test_training_states_are_kept_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps whose training states weigh too much together are forgotten, but never the last one."""
    monkeypatch.setattr(history, "MOST_BYTES", 3000)
    net = Net()
    for step in range(1, 7):
        state = Training(step, {"1.W": np.zeros(125)})
        net.do(commands.set_training(net.doc, state, f"Train {step}"))
    assert titled(net) == ("Train 4", "Train 5", "Train 6")
    net.do(commands.set_training(net.doc, Training(9, {"1.W": np.zeros(10_000)}), "Train much"))
    net.do(commands.set_training(net.doc, Training(10), "Train more"))
    assert titled(net) == ("Train more",)
    net.history.undo()
    assert net.doc.training.step == 9


def test_an_amendment_belongs_to_the_step_before() -> None:
    """What is amended joins the step made last, under its title, and is undone with it in one go."""
    net = course()
    before, start = picture(net.doc), len(net.history.titles)
    net.do(commands.rename(net.doc, net.id("q"), "sum"))
    net.history.amend(commands.move(net.doc, {net.id("sum"): (50, 60)}))
    net.history.amend(commands.move(net.doc, {net.id("f"): (150, 60)}))
    assert net.history.titles[start:] == ("Rename q to sum",)
    net.do(commands.move(net.doc, {net.id("f"): (10, 10)}))
    assert net.history.titles[start:] == ("Rename q to sum", "Move f")
    net.history.undo()
    net.history.undo()
    assert picture(net.doc) == before


def test_an_amendment_of_nothing_is_a_step() -> None:
    """Where there is no step, where it was saved, or where steps are undone, an amendment stands alone."""
    net = Net()
    net.history.amend(commands.add_node(net.doc, "constant", 0, 0)[0])
    assert list(net.history.titles) == ["Add x"]
    net.history.set_clean()
    net.history.amend(commands.move(net.doc, {net.id("x"): (5, 5)}))
    assert list(net.history.titles) == ["Add x", "Move x"]
    assert not net.history.clean
    net.history.undo()
    assert net.history.clean


def test_going_to_a_step() -> None:
    """Any step of the list can be gone to, in both directions; beyond the ends it stops there."""
    net = course()
    pictures = [picture(net.doc)]
    first = net.history.index
    for place in range(5):
        net.do(commands.move(net.doc, {net.id("q"): (10 + place, 0)}))
        pictures.append(picture(net.doc))
    for index in (2, 5, 0, 3):
        net.history.go_to(first + index)
        assert (net.history.index, picture(net.doc)) == (first + index, pictures[index])
    net.history.go_to(10_000)
    assert picture(net.doc) == pictures[-1]
    net.history.go_to(-1)
    assert net.history.index == 0


def test_the_end_of_a_group_is_told() -> None:
    """Within a group nothing can be undone; when it ends observers are told, and find that it can."""
    document = Document()
    steps = History(document)
    seen: list[bool] = []
    steps.changed.connect(lambda *_: seen.append(steps.can_undo))
    with steps.group("Build"):
        steps.do(commands.add_node(document, "add", 0, 0)[0])
    assert seen == [False, True]
