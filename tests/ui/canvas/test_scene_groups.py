"""The canvas's tables where nodes lie in groups: only what is seen has rows, whatever edits led there."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF

from gradstudio.document import commands, exposing, grouping
from gradstudio.document.history import History
from gradstudio.document.model import Document
from gradstudio.document.nesting import all_members
from gradstudio.document.stage import INPUTS, OUTPUTS
from gradstudio.ui.canvas.scene import Part, PortRef, Scene
from tests.document.build import course, spiral
from tests.document.strategies import documents, edit, edit_groups
from tests.ui.canvas.test_scene import same


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents(max_edits=8, training=False), st.data())
def test_a_followed_scene_equals_a_fresh_one(qapp: object, doc: Document, data: st.DataObject) -> None:
    """After any edits, undos and redos the tables of every level are those made anew."""
    history = History(doc)
    scenes = [Scene(doc), *(Scene(doc, group) for group in list(doc.groups)[:2])]
    for scene in scenes:
        doc.changed.connect(scene.sync)
    for _ in range(data.draw(st.integers(1, 8))):
        what = data.draw(st.integers(0, 9))
        if what == 0:
            history.undo()
        elif what == 1:
            history.redo()
        else:
            history.do((edit if what < 4 else edit_groups)(data.draw, doc))
        for scene in scenes:
            assert same(scene, Scene(doc, scene.stage.inside))
            seen = [shown for shown in scene.nodes.ids if shown not in (INPUTS, OUTPUTS)]
            assert set(seen) == set(scene.stage.units(scene.stage.nodes()))


def grouped(collapsed: bool = True) -> tuple[Document, int]:
    """f = (x + y)·z with q in a group, at (300, 0)."""
    net = course()
    for i, node in enumerate(list(net.doc.nodes)):
        net.do(commands.move(net.doc, {node: (200.0 * i, 100.0 * i)}))
    patch, group = grouping.group(net.doc, [net.id("q")], at=(300, 0), collapsed=collapsed)
    net.do(patch)
    return net.doc, group


def test_a_closed_group_is_one_box(qapp: object) -> None:
    """Its nodes have no rows; its box has their ports, and wires over the border end there."""
    doc, group = grouped()
    scene = Scene(doc)
    q = doc.named("q")
    assert q is not None
    assert q.id not in scene.nodes.row
    assert -group in scene.nodes.row
    assert len(scene.wires) == 4
    rect = scene.area_rect(group)
    assert (rect.left(), rect.top()) == (300, 0)
    assert scene.node_rect(q.id) == rect
    point = scene.port_point(q.id, "z", True)
    assert point is not None
    assert point.x() == rect.right()
    hit = scene.hit(point, 1.0)
    assert (hit.part, hit.node, hit.port) == (Part.OUTPUT, q.id, "z")
    assert scene.hit(rect.center(), 1.0, ports=False).part is Part.GROUP
    assert scene.hit(QPointF(rect.right() - 14, rect.top() + 14), 1.0).toggle
    assert scene.nodes_in(rect) == (q.id,)


def test_wires_within_a_closed_group_are_not_there(qapp: object) -> None:
    """A wire between two nodes of one box has no row; opened, it has."""
    net = spiral()
    patch, group = grouping.group(net.doc, [net.id("hidden"), net.id("relu"), net.id("scores")])
    net.do(patch)
    scene = Scene(net.doc)
    net.doc.changed.connect(scene.sync)
    assert len(scene.wires) == 5
    net.do(grouping.set_collapsed(net.doc, [group], False))
    assert len(scene.wires) == 7
    assert scene.areas.rect(group).contains(scene.node_rect(net.id("relu")))
    net.history.undo()
    assert len(scene.wires) == 5


def test_inside_a_group_borders_stand_for_the_rest(qapp: object) -> None:
    """What a group is wired to outside is seen as ports of two boxes, left and right of its nodes."""
    doc, group = grouped()
    scene = Scene(doc, group)
    q, x, f = (doc.named(name) for name in "qxf")
    assert q is not None
    assert x is not None
    assert f is not None
    assert set(scene.nodes.ids) == {q.id, INPUTS, OUTPUTS}
    assert len(scene.wires) == 3
    start = scene.port_point(x.id, "value", True)
    assert start is not None
    hit = scene.hit(start, 1.0)
    assert (hit.part, hit.node, hit.port) == (Part.OUTPUT, x.id, "value")
    end = scene.port_point(f.id, "x", False)
    assert end is not None
    assert scene.nearest_port(end, 5.0) == PortRef(f.id, "x", False)
    assert scene.node_rect(INPUTS).right() < scene.node_rect(q.id).left()
    assert scene.node_rect(OUTPUTS).left() > scene.node_rect(q.id).right()


def test_an_output_that_feeds_several_leaves_by_one_wire(qapp: object) -> None:
    """Inside, wires from one port to several nodes outside are one wire to the border; which one follows edits."""
    net = course()
    net.add("multiply", "g")
    net.wire("q.z", "g.x")
    patch, group = grouping.group(net.doc, [net.id("q")])
    net.do(patch)
    scene = Scene(net.doc, group)
    net.doc.changed.connect(scene.sync)
    assert len(scene.wires) == 3
    first = next(w for w in net.doc.wires_out_of(net.id("q")) if w.target == net.id("f"))
    net.do(commands.disconnect(net.doc, [first.id]))
    assert len(scene.wires) == 3
    assert same(scene, Scene(net.doc, group))


def test_ports_shown_without_wires_are_there(qapp: object) -> None:
    """A port that is only exposed has a place on the box, and its value is read at an open end."""
    doc, group = grouped()
    history = History(doc)
    scene = Scene(doc)
    doc.changed.connect(scene.sync)
    q = all_members(doc, group)[0]
    history.do(commands.disconnect(doc, [w.id for w in doc.wires_out_of(q)]))
    assert scene.port_point(q, "z", True) is not None
    assert len(scene.stubs.ends) == len(scene.stubs.ports)
    assert PortRef(q, "z", True) in scene.stubs.ports
    history.do(exposing.hide_port(doc, group, 0, output=True))
    assert scene.port_point(q, "z", True) is None
