"""Of a large network only what can be seen is summed up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from benchmarks.documents import document
from benchmarks.engine.workloads import make
from gradstudio.document.model import Document
from gradstudio.training.snapshot import Watch
from gradstudio.ui.bridge import SMALL, Studio
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.metrics import OVERVIEW, VALUES
from tests.training.networks import course_circuit


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[CanvasView]:
    """A canvas with a circuit of more than a thousand nodes, read near one of them."""
    studio = Studio(document(make("g3")))
    made = CanvasView(studio)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    try:
        yield made
    finally:
        studio.close()


def watched(view: CanvasView) -> Watch:
    """What is watched once the view has been looked around in."""
    QCoreApplication.processEvents()
    view._attention.tell()
    return view.studio.session.watch


def near(view: CanvasView, scale: float) -> int:
    """Look at a node in the middle of the circuit from so near; its id."""
    node = list(view.studio.document.nodes)[500]
    view.set_scale(scale)
    view.center_on(node)
    return node


def test_what_is_in_view_is_watched(view: CanvasView) -> None:
    """A node in view and its wires are watched, with all others in view and few besides."""
    node = near(view, 1.0)
    watch = watched(view)
    assert watch.nodes is not None
    assert watch.links is not None
    assert node in watch.nodes
    assert {wire.id for wire in view.studio.document.wires_into(node)} <= watch.links
    assert set(view.scene.nodes_in(view.visible_area())) <= watch.nodes
    assert len(watch.nodes) < 200


def test_from_afar_nothing_is_watched(view: CanvasView) -> None:
    """Where labels can't be read no wire is watched, and where nodes are mere boxes nothing at all."""
    near(view, (OVERVIEW + VALUES) / 2)
    watch = watched(view)
    assert watch.nodes
    assert not watch.links
    near(view, OVERVIEW / 2)
    watch = watched(view)
    assert (watch.nodes, watch.links) == (frozenset(), frozenset())


def test_what_is_selected_is_watched_wherever_it_is(view: CanvasView) -> None:
    """A selected node out of view is watched with the wires that feed it: the inspector shows their numbers."""
    near(view, OVERVIEW / 2)
    document = view.studio.document
    node = next(i for i in document.nodes if document.wires_into(i))
    view.studio.select([node])
    watch = watched(view)
    assert watch.nodes == frozenset({node})
    assert watch.links == frozenset(wire.id for wire in document.wires_into(node))


def test_numbers_come_where_somebody_looks(view: CanvasView, qtbot: QtBot) -> None:
    """Having moved to another part, its numbers come, and those of other parts go."""
    near(view, 1.0)
    far = list(view.studio.document.nodes)[-1]
    view.center_on(far)
    port = view.studio.document.nodes[far].output_ports()[0].name

    def come() -> bool:
        snapshot = view.studio.snapshot()
        return snapshot is not None and (far, port) in snapshot.values

    qtbot.waitUntil(come, timeout=10_000)
    snapshot = view.studio.snapshot()
    assert snapshot is not None
    assert len(snapshot.values) < len(view.studio.document.nodes) / 2


def test_of_a_large_network_nothing_is_watched_unasked() -> None:
    """A studio that nobody looks at sums up nothing of a large network, and all of a small one."""
    large = Studio(document(make("g3")))
    try:
        assert len(large.document.nodes) + len(large.document.wires) > SMALL
        assert large.session.watch.nodes == frozenset()
        large.open_document(course_circuit(), None)
        assert large.session.watch.nodes is None
    finally:
        large.close()


def test_another_document_is_looked_at_anew(view: CanvasView) -> None:
    """Opening a small network in place of a large one, all of it is watched."""
    near(view, 1.0)
    assert watched(view).nodes
    view.studio.open_document(course_circuit(), None)
    assert view.studio.session.watch == Watch()


def test_while_nobody_looks_nothing_is_summed_up() -> None:
    """A minimised window watches nothing, whatever is asked for meanwhile, and what was asked for afterwards."""
    studio = Studio(Document())
    try:
        studio.set_looking(False)
        studio.watch_rows(True)
        assert studio.session.watch == Watch(wires=False)
        studio.set_looking(True)
        assert studio.session.watch == Watch(rows=True)
    finally:
        studio.close()


def test_small_moves_tell_nothing_large_ones_do(view: CanvasView, qtbot: QtBot) -> None:
    """What lies around the view is watched too: a pan within that changes nothing, one further on does."""
    near(view, 1.0)
    before = watched(view)
    view.pan(-150, 90)
    assert not view._attention._soon.isActive()
    view.pan(-400, 0)
    qtbot.waitUntil(lambda: view.studio.session.watch != before, timeout=5_000)
    before = watched(view)
    view.zoom(0.5)
    qtbot.waitUntil(lambda: view.studio.session.watch != before, timeout=5_000)


def test_far_into_the_view_less_is_watched(view: CanvasView, qtbot: QtBot) -> None:
    """A little nearer the same is watched, a great deal nearer only what is left in view."""
    near(view, 0.6)
    before = watched(view)
    view.zoom(1.2)
    assert not view._attention._soon.isActive()
    view.zoom(5.0)
    qtbot.waitUntil(lambda: view.studio.session.watch != before, timeout=5_000)
    assert len(view.studio.session.watch.nodes or ()) < len(before.nodes or ())
