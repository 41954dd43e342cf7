"""Hundreds of random gestures on groups, frames and comments: the canvas stays true, and undo takes all back."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from gradstudio import files
from gradstudio.document import exposing, ordering
from gradstudio.document.model import Document
from gradstudio.document.nesting import all_members, interface
from gradstudio.ui.canvas import CanvasView, arrange, dressing, groups, rewires, selecting
from gradstudio.ui.canvas.scene import Scene
from tests.ui.canvas.hands import ALT, CTRL, NO_KEY, SHIFT, Hands, network
from tests.ui.canvas.test_scene import same

SIZE = (900, 560)
REWIRES = (rewires.take_out, rewires.dissolve, rewires.unwire, rewires.join)
OFTEN = ("group", "toggle", "toggle", "toggle", "enter", "enter", "drag", "wire")
KEYS = (NO_KEY, NO_KEY, NO_KEY, SHIFT, CTRL, ALT)


def two_chains() -> Document:
    """Two chains that meet, with one node nothing is wired to."""
    return network(
        {
            "a": ("constant", 0, 0, {"value": 2.0}),
            "b": ("constant", 0, 140, {"value": 3.0}),
            "c": ("negate", 180, 0, {}),
            "d": ("relu", 180, 140, {}),
            "e": ("add", 360, 60, {}),
            "f": ("negate", 560, 60, {}),
            "g": ("multiply", 360, 260, {}),
        },
        "a>c b>d c>e.x d>e.y e>f",
    )


class Monkey:
    """Somebody who does one thing after the other without a plan."""

    def __init__(self, hands: Hands, seed: int) -> None:
        self.hands = hands
        self.view = hands.view
        self.dice = random.Random(seed)
        self.did: Counter[str] = Counter()
        self.deeds: dict[str, Callable[[], object]] = {
            "click": self.click,
            "click more": lambda: self.click(SHIFT),
            "drag": self.drag,
            "drag between": self.drag_between,
            "wire": self.wire,
            "double": lambda: self.hands.double_click(self.somewhere()),
            "key": self.key,
            "group": lambda: groups.group_selected(self.view),
            "ungroup": lambda: groups.ungroup_selected(self.view),
            "take out": lambda: groups.take_out_selected(self.view),
            "toggle": lambda: groups.toggle_selected(self.view),
            "enter": lambda: groups.enter_selected(self.view),
            "leave": lambda: groups.leave(self.view),
            "frame": lambda: groups.add_frame(self.view),
            "comment": self.comment,
            "ports": self.ports,
            "copy": self.copy,
            "duplicate": self.view.duplicate,
            "tidy": lambda: arrange.tidy(self.view, selection=self.dice.random() < 0.5),
            "align": lambda: arrange.align(self.view, self.dice.choice(("left", "top"))),
            "dress": self.dress,
            "rewire": lambda: self.dice.choice(REWIRES)(self.view),
            "select": lambda: self.dice.choice((selecting.invert, CanvasView.select_all))(self.view),
            "undo": self.undo,
            "redo": self.hands.studio.redo,
        }

    def act(self) -> None:
        """Do one thing, and end what it began."""
        name = self.dice.choice((*self.deeds, *OFTEN))
        before = files.dumps(self.hands.document)
        if self.dice.random() < 0.5:
            self.choose()
        self.deeds[name]()
        QApplication.processEvents()
        for field in (self.view.editor, self.view.writing):
            if field.isVisible():
                self.hands.key(Qt.Key.Key_Escape)
        self.view.cancel_gesture()
        self.view.wanted_no_more()
        self.view.setFocus()
        if files.dumps(self.hands.document) != before:
            self.did[name] += 1
        self.did["entered"] += self.view.scene.stage.inside is not None
        self.did["opened"] += bool(self.view.scene.stage.opened)
        self.did["closed"] += any(shown < 0 for shown in self.view.scene.nodes.ids)
        self.did["nested"] += any(group.parent is not None for group in self.hands.document.groups.values())

    def somewhere(self) -> QPointF:
        """A point: on a node, a box or a sheet, or anywhere."""
        scene, dice = self.view.scene, self.dice
        rects = [scene.nodes.bounds([row]) for row in range(len(scene.nodes))]
        rects += [area.rect for area in scene.areas.all()]
        if not rects or dice.random() < 0.2:
            return QPointF(dice.uniform(0, SIZE[0]), dice.uniform(0, SIZE[1]))
        rect = dice.choice(rects)
        x = dice.choice((rect.left() + 20, rect.right() - 15, rect.right(), dice.uniform(rect.left(), rect.right())))
        y = dice.choice((rect.top() + 12, rect.bottom() - 4, rect.bottom(), dice.uniform(rect.top(), rect.bottom())))
        return self.view.to_view(QPointF(x, y))

    def choose(self) -> None:
        """Select one to three of the nodes, boxes and sheets that are seen."""
        stage, document = self.view.scene.stage, self.hands.document
        seen = list(self.view.scene.nodes.ids)
        some = self.dice.sample(seen, min(len(seen), self.dice.randint(1, 3)))
        groups_ = [-shown for shown in some if shown < 0] + [i for i in stage.opened if self.dice.random() < 0.5]
        nodes = [node for shown in some for node in stage.members(shown)]
        self.hands.studio.select([*nodes, *(n for i in groups_ for n in all_members(document, i))], (), groups_)

    def click(self, keys: Qt.KeyboardModifier = NO_KEY) -> None:
        """Click something."""
        self.hands.click(self.somewhere(), keys)

    def drag(self) -> None:
        """Drag something a little."""
        start = self.somewhere()
        by = QPointF(self.dice.uniform(-150, 150), self.dice.uniform(-150, 150))
        self.hands.drop(start, start + by, self.dice.choice(KEYS))

    def drag_between(self) -> None:
        """Drag from one thing onto another."""
        self.hands.drop(self.somewhere(), self.somewhere(), self.dice.choice(KEYS))

    def wire(self) -> None:
        """Drag from one port to another."""
        ports = [
            self.view.to_view(point)
            for node in self.hands.document.nodes.values()
            for is_output, ends in ((True, node.output_ports()), (False, node.input_ports()))
            for end in ends
            if (point := self.view.scene.port_point(node.id, end.name, is_output)) is not None
        ]
        if len(ports) > 1:
            start, end = self.dice.sample(ports, 2)
            self.hands.drop(start, end)

    def copy(self) -> None:
        """Copy what is selected, and paste it."""
        self.view.copy()
        self.view.paste()

    def dress(self) -> None:
        """Paint and mute what is selected."""
        dressing.paint(self.view, "red")
        dressing.toggle_muted(self.view)

    def key(self) -> None:
        """Press a key that means something."""
        keys = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_F, Qt.Key.Key_Escape)
        self.hands.key(Qt.Key.Key_Delete if self.dice.random() < 0.1 else self.dice.choice(keys))

    def comment(self) -> None:
        """Write a comment."""
        groups.add_comment(self.view, self.view.to_scene(self.somewhere()))
        self.hands.type("- a")
        self.hands.key(Qt.Key.Key_Return, CTRL)

    def ports(self) -> None:
        """Show, hide, move or rename a port of a group."""
        document, dice = self.hands.document, self.dice
        if not document.groups:
            return
        group, output = dice.choice(list(document.groups)), dice.random() < 0.5
        spare = exposing.hidden_ports(document, group, output=output)
        face = interface(document, group)
        shown = face.outputs if output else face.inputs
        if spare and dice.random() < 0.5:
            self.hands.studio.do(lambda: exposing.expose(document, group, *dice.choice(spare), output=output))
        elif shown:
            at = dice.randrange(len(shown))
            to = dice.randrange(len(shown))
            make = dice.choice(
                (
                    lambda: exposing.rename_port(document, group, at, f"p{dice.randrange(10**6)}", output=output),
                    lambda: exposing.move_port(document, group, at, to, output=output),
                    lambda: exposing.hide_port(document, group, at, output=output),
                )
            )
            self.hands.studio.do(make)

    def undo(self) -> None:
        """Undo a few steps."""
        for _ in range(self.dice.randint(1, 3)):
            self.hands.studio.undo()


def redo_all(hands: Hands) -> None:
    """Do everything again that was undone."""
    while hands.studio.history.can_redo:
        hands.studio.redo()


@pytest.mark.parametrize("seed", range(6))
def test_random_gestures(make_hands: Callable[[Document], Hands], seed: int) -> None:
    """After each gesture the canvas shows the document, files keep it and the selection exists; undo takes all back."""
    hands = make_hands(two_chains())
    monkey, before = Monkey(hands, seed), files.dumps(hands.document)
    for _ in range(200):
        monkey.act()
        document, view = hands.document, hands.view
        assert view.scene.stage.inside is None or view.scene.stage.inside in document.groups
        assert same(view.scene, Scene(document, view.scene.stage.inside)), monkey.did
        assert not [*ordering.group_findings(document), *ordering.remark_findings(document)]
        text = files.dumps(document)
        assert files.dumps(files.loads(text)) == text
        nodes, wires, areas = hands.studio.chosen
        assert set(nodes) <= set(document.nodes)
        assert set(wires) <= set(document.wires)
        assert set(areas) <= {*document.groups, *document.frames, *document.comments}
        if len(document.nodes) > 60:
            hands.undo_all()
    redo_all(hands)
    after = files.dumps(hands.document)
    hands.undo_all()
    assert files.dumps(hands.document) == before
    assert same(hands.view.scene, Scene(hands.document, hands.view.scene.stage.inside))
    redo_all(hands)
    assert files.dumps(hands.document) == after
    for deed in ("group", "entered", "opened", "closed", "drag", "wire"):
        assert monkey.did[deed], (deed, monkey.did)
