"""Ten scenes of the window: a network, and what is done to it by hand before the picture is made."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from gradstudio import files
from gradstudio.document import commands, dots, grouping, marking, remarks
from gradstudio.document.model import Document
from gradstudio.resources import resource
from gradstudio.ui.shot import settle
from gradstudio.ui.window import MainWindow
from tests.ui.canvas.hands import Hands, network, sum_times_z

CANVAS, WINDOW = (760, 420), (1180, 760)


class SceneOf(NamedTuple):
    """A picture to be made.

    Attributes:
        document: makes the network.
        act: what is done in the window before.
        whole: whether the picture is of the whole window, or of the canvas alone.
        docks: the panels that are there, beside the canvas; a picture of every panel would change with each of them.
    """

    document: Callable[[], Document]
    act: Callable[[MainWindow], None] = lambda window: None
    whole: bool = False
    docks: tuple[str, ...] = ()


def _example(name: str) -> Callable[[], Document]:
    return lambda: files.read(resource("examples", f"{name}.grad"))


def _select(window: MainWindow, *names: str) -> None:
    document = window.studio.document
    window.studio.select([node.id for node in document.nodes.values() if node.name in names])


def _circuit(window: MainWindow) -> None:
    _select(window, "q")


def _refuse(window: MainWindow) -> None:
    """Hold a wire from f's output over q's input: it would close a cycle, and says so."""
    hands = Hands(window.canvas)
    hands.drag(hands.port("f.z"), hands.port("q.y"))


def _blocks() -> Document:
    """A closed group beside an opened one, in a frame, under a comment."""
    places = {"a": 0.0, "b": 190.0, "c": 380.0, "d": 640.0, "e": 830.0}
    gates = {"a": "constant", "b": "negate", "c": "relu", "d": "tanh", "e": "square"}
    document = network({name: (gates[name], x, 0.0, {}) for name, x in places.items()}, "a>b b>c c>d d>e")
    for names, collapsed in ((("b", "c"), True), (("d", "e"), False)):
        nodes = [node.id for node in document.nodes.values() if node.name in names]
        patch, group = grouping.group(document, nodes)
        document.apply(patch)
        document.apply(grouping.rename_group(document, group, "hidden" if collapsed else "head"))
        document.apply(grouping.set_collapsed(document, [group], False))
        if collapsed:
            document.apply(grouping.set_collapsed(document, [group], True, {group: (280.0, 0.0)}))
    document.apply(remarks.add_frame(document, (-40.0, -80.0, 540.0, 230.0), "Encoder")[0])
    document.apply(remarks.add_comment(document, (620.0, -150.0, 260.0, 60.0), "# Head\n**tanh**, then a square")[0])
    return document


def _marked() -> Document:
    """Muted, coloured and noted nodes, a dot, a long name and a problem."""
    document = sum_times_z("x>q.x y>q.y q>f.x")
    of = {node.name: node.id for node in document.nodes.values()}
    document.apply(marking.set_color(document, [of["x"], of["z"]], "teal"))
    document.apply(marking.set_muted(document, [of["q"]], True))
    document.apply(marking.set_note(document, [of["y"]], "measured in class"))
    wire = next(wire.id for wire in document.wires.values() if wire.source == of["q"])
    document.apply(dots.add_dot(document, wire, 0, 410.0, 30.0))
    document.apply(commands.rename(document, of["z"], "Aktivierungsfunktionsableitung"))
    return document


def _enter(window: MainWindow) -> None:
    group = next(i for i, group in window.studio.document.groups.items() if group.name == "hidden")
    window.canvas.enter(group)


def _search(window: MainWindow) -> None:
    """Open the search palette at a place and type into it."""
    from gradstudio.ui.canvas.wanted import Wanted

    popup = window.pick_gate(Wanted(window.canvas.to_scene(QPointF(140, 30))))
    Hands(window.canvas).type("dense 100")
    assert popup.isVisible()


def _large() -> Document:
    """Thirty chains of twenty nodes."""
    document = Document()
    for row in range(30):
        before = None
        for column in range(20):
            gate = ("constant", "negate", "relu", "add", "tanh")[(column and 1 + (row + column) % 4)]
            patch, node = commands.add_node(document, gate, column * 220.0, row * 110.0)
            document.apply(patch)
            if before is not None:
                output, port = document.nodes[before].output_ports()[0].name, document.nodes[node].input_ports()[0].name
                document.apply(commands.connect(document, before, output, node, port))
            before = node
    return document


def _tables(window: MainWindow) -> None:
    """Table and problems beside each other, the inspector at a node, the palette filtered (its × would fade in)."""
    window.palette_.search.setClearButtonEnabled(False)
    window.palette_.search.setText("sig")
    window.actions_by_id["problems"].trigger()
    window.actions_by_id["table"].trigger()
    _select(window, "f")
    window.canvas.setFocus(Qt.FocusReason.OtherFocusReason)


SCENES = {
    "circuit": SceneOf(sum_times_z, _circuit),
    "network": SceneOf(_example("two-layer")),
    "refusal": SceneOf(sum_times_z, _refuse),
    "groups": SceneOf(_blocks),
    "inside": SceneOf(_blocks, _enter),
    "marks": SceneOf(_marked),
    "search": SceneOf(sum_times_z, _search),
    "large": SceneOf(_large),
    "start": SceneOf(Document, whole=True),
    "window": SceneOf(_marked, _tables, whole=True, docks=("palette", "inspector", "table", "problems")),
}
"""By name, the ten of them."""


def prepare(window: MainWindow, scene: SceneOf) -> None:
    """Bring a shown window to where its picture is made."""
    window.canvas.habits.animated = False
    for name, dock in window.docks.by_name.items():
        dock.setVisible(name in scene.docks)
    window.docks.load_visible()
    settle(window)
    window.canvas.zoom_to_fit()
    scene.act(window)
    settle(window)
    QApplication.processEvents()
