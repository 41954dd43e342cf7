"""Layered layout of what is seen: an opened group is laid out first inside, and then is one box among the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from gradstudio.document.layout import Box, Link, layered
from gradstudio.document.nesting import chain
from gradstudio.document.regions import AreaId, GroupId
from gradstudio.document.remarks import Rect, rect_of
from gradstudio.document.stage import ShownId
from gradstudio.ui.canvas.gestures.move import snapped
from gradstudio.ui.canvas.metrics import AREA_PAD, AREA_TOP
from gradstudio.ui.canvas.scene import Scene

Places = dict[ShownId, tuple[float, float]]


@dataclass(slots=True)
class _Block:
    """Something laid out as one box: a node, a closed group, or all that is in an opened one.

    Attributes:
        box: where it is now, and how large it will be.
        places: of what is in it, from its upper left corner on.
    """

    box: Box
    places: Places


def laid_out(scene: Scene, units: Iterable[ShownId]) -> Places:
    """Where a layered layout puts these, from their present upper left corner on."""
    chosen = [i for i in units if i in scene.nodes.row]
    if not chosen:
        return {}
    block = _Layout(scene, chosen).of(scene.stage.inside)
    left, top = snapped(block.box.x), snapped(block.box.y)
    return {i: (left + x, top + y) for i, (x, y) in block.places.items()}


class _Layout:
    """One layout of some things in a scene."""

    def __init__(self, scene: Scene, units: list[ShownId]) -> None:
        self._scene = scene
        self._in: dict[GroupId | None, list[ShownId | tuple[GroupId]]] = {}
        opened: dict[GroupId, None] = {}
        for i in units:
            self._in.setdefault(_home(scene, i), []).append(i)
            opened |= dict.fromkeys(g for g in chain(scene.document, _home(scene, i)) if g in scene.stage.opened)
        for group in opened:
            self._in.setdefault(scene.document.groups[group].parent, []).append((group,))

    def of(self, level: GroupId | None) -> _Block:
        """What lies in a group, or in none, laid out."""
        items = self._in.get(level, [])
        blocks = [self.of_group(item[0]) if isinstance(item, tuple) else self._single(item) for item in items]
        where = layered([block.box for block in blocks], self._links(blocks))
        places: Places = {}
        for block, (x, y) in zip(blocks, where, strict=True):
            places |= {i: (x + dx, y + dy) for i, (dx, dy) in block.places.items()}
        left, top = min(block.box.x for block in blocks), min(block.box.y for block in blocks)
        right = max(x + block.box.width for block, (x, _) in zip(blocks, where, strict=True))
        bottom = max(y + block.box.height for block, (_, y) in zip(blocks, where, strict=True))
        return _Block(Box(left, top, right, bottom), places)

    def of_group(self, group: GroupId) -> _Block:
        """An opened group with its sheet around it."""
        inner, sheet = self.of(group), self._scene.areas.rect(group)
        places = {i: (x + AREA_PAD, y + AREA_TOP) for i, (x, y) in inner.places.items()}
        width, height = inner.box.width + 2 * AREA_PAD, inner.box.height + AREA_TOP + AREA_PAD
        return _Block(Box(sheet.left(), sheet.top(), width, height), places)

    def _single(self, shown: ShownId) -> _Block:
        return _Block(Box(*self._scene.nodes.boxes[self._scene.nodes.row[shown]].tolist()), {shown: (0.0, 0.0)})

    def _links(self, blocks: list[_Block]) -> list[Link]:
        """The wires between blocks, with the heights of their ends."""
        at = {i: (number, dy) for number, block in enumerate(blocks) for i, (_, dy) in block.places.items()}
        ids, wires = self._scene.nodes.ids, self._scene.wires
        links = []
        for (source, target), (out, into) in zip(wires.tied.tolist(), wires.lift.tolist(), strict=True):
            start, stop = at.get(ids[source]), at.get(ids[target])
            if start is not None and stop is not None and start[0] != stop[0]:
                links.append(Link(start[0], stop[0], start[1] + out, stop[1] + into))
        return links


def _home(scene: Scene, shown: ShownId) -> GroupId | None:
    return scene.document.nodes[shown].group if shown > 0 else scene.document.groups[-shown].parent


def frames_around(scene: Scene, places: Mapping[ShownId, tuple[float, float]]) -> dict[AreaId, Rect]:
    """Frames around what lay on them, when that goes to other places: as far from it as they were."""
    found: dict[AreaId, Rect] = {}
    for i, frame in scene.document.frames.items():
        sheet = scene.areas.rect(i)
        rows = [] if sheet.isEmpty() else scene.nodes.inside(sheet).tolist()
        held = [scene.nodes.ids[row] for row in rows]
        if not held or not any(shown in places for shown in held):
            continue
        before = scene.nodes.bounds(rows)
        after = QRectF()
        for shown, row in zip(held, rows, strict=True):
            left, top, width, height = scene.nodes.boxes[row].tolist()
            left, top = places.get(shown, (left, top))
            after = after.united(QRectF(left, top, width, height))
        x, y, width, height = rect_of(frame)
        left, top = after.left() - (before.left() - x), after.top() - (before.top() - y)
        right = after.right() + x + width - before.right()
        bottom = after.bottom() + y + height - before.bottom()
        found[i] = (left, top, right - left, bottom - top)
    return found
