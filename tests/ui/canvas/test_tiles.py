"""Of very many nodes and wires not each is looked at to find those in an area."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from gradstudio.document.model import Document, Wire
from gradstudio.ui.canvas import tiles
from gradstudio.ui.canvas.face import box_face
from gradstudio.ui.canvas.nodes import NodeTable, Rows
from gradstudio.ui.canvas.scene import Scene
from gradstudio.ui.canvas.wires import WireTable
from tests.document.strategies import documents

NAMES = ("short", "a name that needs a wider box than the others do")


class Crowd:
    """Tables of nodes and of wires between them to which anything happens."""

    def __init__(self, seed: int) -> None:
        self.random, self.made = random.Random(seed), 0
        self.nodes, self.wires = NodeTable(), WireTable()
        self.faces = [box_face(name, "", (), (), sheets=False) for name in NAMES]

    def spot(self) -> tuple[float, float]:
        """Some place; a few are far off."""
        far = self.random.choice((1_000, 1_000, 1_000, 50_000))
        return self.random.uniform(-far, far), self.random.uniform(-far, far)

    def add(self, count: int) -> None:
        """So many new nodes, and as many wires."""
        fresh = range(self.made + 1, self.made + count + 1)
        self.made += count
        self.nodes.put_rows([(i, *self.spot(), self.random.choice(self.faces)) for i in fresh])
        self.wires.put(*self._tied(list(fresh)))

    def _tied(self, ids: list[int]) -> tuple[list[Wire], NodeTable, list[tuple[int, int, float, float, int]]]:
        rows = range(len(self.nodes))
        ties = [(self.random.choice(rows), self.random.choice(rows), 30.0, 30.0, 0) for _ in ids]
        wires = [
            Wire(i, self.nodes.ids[tie[0]], "y", self.nodes.ids[tie[1]], "x") for i, tie in zip(ids, ties, strict=True)
        ]
        return wires, self.nodes, ties

    def move(self, count: int) -> None:
        """Show some nodes elsewhere, with their wires."""
        rows = self.random.sample(range(len(self.nodes)), min(count, len(self.nodes)))
        for row in rows:
            self.nodes.place(row, *self.spot())
        self.wires.route(self.wires.touching(rows), self.nodes)

    def renew(self, count: int) -> None:
        """Other faces for some nodes, other ends for some wires."""
        ids = self.random.sample(self.nodes.ids, min(count, len(self.nodes)))
        self.nodes.put_rows([(i, *self.spot(), self.random.choice(self.faces)) for i in ids])
        self.wires.put(*self._tied(self.random.sample(self.wires.ids, min(count, len(self.wires)))))

    def drop(self, count: int) -> None:
        """Take out some nodes and their wires."""
        gone = self.random.sample(self.nodes.ids, min(count, len(self.nodes) - 1))
        touching = self.wires.touching([self.nodes.row[i] for i in gone]).tolist()
        self.wires.drop([self.wires.ids[row] for row in touching])
        self.wires.renumber(self.nodes.drop(gone))

    def bend(self, count: int) -> None:
        """Lead some wires through dots."""
        ids = self.random.sample(self.wires.ids, min(count, len(self.wires)))
        self.wires.lead({i: (self.spot(),) for i in ids}, self.nodes)

    def found(self, area: QRectF) -> list[list[int]]:
        """Rows of nodes and wires in an area."""
        return [self.nodes.within(area).tolist(), self.wires.within(area).tolist()]

    def looked_at(self, area: QRectF) -> list[list[int]]:
        """The same by a look at every row."""
        every: list[Rows] = [np.arange(len(table)) for table in (self.nodes, self.wires)]
        return [self.nodes.within(area, among=every[0]).tolist(), self.wires.within(area, among=every[1]).tolist()]


@pytest.fixture
def small(qapp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles of few rows, made as soon as rows are asked for twice, and anew after a dozen changes."""
    for name, value in {"LEAST": 20, "WORTH": 2, "_SIZE": 4, "_SHARE": 1, "_CHANGES": 12}.items():
        monkeypatch.setattr(tiles, name, value)


@pytest.mark.usefixtures("small")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6))
def test_whatever_happens_to_rows_those_in_an_area_are_found_as_by_a_look_at_each(seed: int) -> None:
    """Rows come, move, change and go: those in an area are the same, in the same order, as by a look at each."""
    crowd = Crowd(seed)
    crowd.add(crowd.random.randint(30, 150))
    for _ in range(25):
        what = crowd.random.choice((crowd.add, crowd.move, crowd.renew, crowd.drop, crowd.bend))
        what(crowd.random.choice((1, 1, 2, 8, 30)))
        for _ in range(3):
            x, y = crowd.spot()
            area = QRectF(x, y, crowd.random.uniform(0, 900), crowd.random.uniform(0, 900))
            assert crowd.found(area) == crowd.looked_at(area)


@pytest.mark.usefixtures("qapp")
def test_an_edit_of_many_nodes_leaves_their_tiles_as_they_are() -> None:
    """Of many nodes few are looked at, and after one came, moved and went no more than that one besides."""
    crowd = Crowd(1)
    crowd.add(tiles.LEAST + 100)
    area = QRectF(0.0, 0.0, 50.0, 50.0)
    for _ in range(tiles.WORTH):
        crowd.nodes.within(area)

    def looked_at() -> int:
        rows = crowd.nodes._tiles.among(crowd.nodes.boxes, (0.0, 0.0, 50.0, 50.0), corners=False)
        assert rows is not None
        return len(rows)

    before = looked_at()
    assert before < len(crowd.nodes) / 8
    crowd.add(1)
    crowd.move(1)
    crowd.drop(1)
    assert before - 1 <= looked_at() <= before + 2


@pytest.mark.usefixtures("qapp")
@settings(max_examples=40, deadline=None)
@given(documents(max_edits=8, training=False), st.integers(0, 10**6))
def test_of_many_stubs_those_in_an_area_are_found_beside_their_nodes(doc: Document, seed: int) -> None:
    """Stubs found beside the nodes in an area are those that a look at all of them finds, of groups' boxes too."""
    scene, chance = Scene(doc), random.Random(seed)
    bounds = scene.bounds().adjusted(-90.0, -90.0, 90.0, 90.0)
    for _ in range(8):
        x, y = chance.uniform(bounds.left(), bounds.right()), chance.uniform(bounds.top(), bounds.bottom())
        area, reach = QRectF(x, y, chance.uniform(0, 300), chance.uniform(0, 300)), chance.choice((3.0, 60.0))
        every = scene.stubs.within(area, reach)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tiles, "LEAST", 0)
            assert scene.stubs.within(area, reach).tolist() == every.tolist()
            assert scene.stubs.ends_of(every).tolist() == scene.stubs.ends[every].tolist()
