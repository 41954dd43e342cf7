"""The actions of selecting, arranging, marking and finding one's way on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from gradstudio.document.model import COLORS
from gradstudio.ui import going
from gradstudio.ui.bookmarks import COUNT
from gradstudio.ui.canvas import arrange, dressing, selecting
from gradstudio.ui.spec import Entries, Spec, any_selected, has_nodes, nodes_selected, say

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow

NUMBERS = range(1, COUNT + 1)
COLOR_TITLES = {
    "red": "&Red", "orange": "&Orange", "yellow": "&Yellow", "green": "&Green", "teal": "&Teal", "blue": "&Blue",
    "violet": "&Violet", "grey": "Gre&y",
}  # fmt: skip
assert tuple(COLOR_TITLES) == COLORS


def _two_nodes(window: MainWindow) -> bool:
    return len(window.studio.selection()[0]) > 1


def _three_nodes(window: MainWindow) -> bool:
    return len(window.studio.selection()[0]) > 2


def _can_go_back(window: MainWindow) -> bool:
    return window.canvas.visits.can_go_back


def _can_go_forward(window: MainWindow) -> bool:
    return window.canvas.visits.can_go_forward


def _bookmarked(window: MainWindow, number: int) -> bool:
    return window.bookmarks.is_set(number)


def _mute_text(window: MainWindow) -> str:
    return say("Un&mute") if dressing.all_muted(window.canvas) else say("&Mute")


def _freeze_text(window: MainWindow) -> str:
    return say("Train a&gain") if dressing.all_frozen(window.canvas) else say("Free&ze")


def _can_freeze(window: MainWindow) -> bool:
    return dressing.can_freeze(window.canvas)


def _habit(name: str) -> Callable[[MainWindow], bool]:
    return lambda window: bool(getattr(window.canvas.habits, name))


_EDIT = (
    Spec(
        "duplicate_fed",
        "Duplicate with what &feeds it",
        lambda w: dressing.duplicate_fed(w.canvas),
        "Ctrl+Shift+D",
        "Twins of the selected nodes, wired to the same sources.",
        nodes_selected,
        edits=True,
    ),
    Spec(
        "replace",
        "R&eplace by…",
        lambda w: w.replace_selected(),
        "Ctrl+R",
        "Another gate in the place of the selected nodes, with all wires that it can take over.",
        nodes_selected,
        edits=True,
    ),
    Spec(
        "mute",
        "&Mute",
        lambda w: dressing.toggle_muted(w.canvas),
        "Shift+M",
        "Let the selected nodes pass their first fitting input through, as if they weren't there (bypass).",
        nodes_selected,
        _mute_text,
        edits=True,
    ),
    Spec(
        "freeze",
        "Free&ze",
        lambda w: dressing.toggle_frozen(w.canvas),
        "Shift+Z",
        "Leave the weights of the selected nodes as they are while the others are trained; while it runs as well.",
        _can_freeze,
        _freeze_text,
        edits=True,
    ),
    Spec(
        "note",
        "&Note…",
        lambda w: dressing.write_note(w.canvas),
        "Shift+C",
        "Write a note below the selected nodes.",
        nodes_selected,
        edits=True,
    ),
    Spec(
        "color",
        "&Choose colour…",
        lambda w: w.color_selected(),
        "Shift+K",
        "Paint the selected nodes.",
        nodes_selected,
        edits=True,
    ),
    *(
        Spec(
            f"color_{name}",
            title,
            partial(lambda color, w: dressing.paint(w.canvas, color), name),
            None,
            "Paint the selected nodes.",
            nodes_selected,
            edits=True,
        )
        for name, title in COLOR_TITLES.items()
    ),
    Spec(
        "color_none",
        "&No colour",
        lambda w: dressing.paint(w.canvas, ""),
        None,
        "Back to the colour of the gate's category.",
        nodes_selected,
        edits=True,
    ),
    Spec("history", "&History", lambda w: w.show_history(), "Ctrl+Shift+H", "All steps; a click goes to one."),
    Spec(
        "problems",
        "&Problems",
        lambda w: going.to_dock(w, "problems"),
        "Ctrl+Shift+M",
        "What keeps nodes from being computed; Enter goes to one.",
    ),
    Spec(
        "table",
        "&Table",
        lambda w: going.to_dock(w, "table"),
        "Ctrl+Shift+B",
        "The network as a table: parameters, inputs, values, gradients.",
    ),
    Spec(
        "health",
        "&Health",
        lambda w: going.to_dock(w, "health"),
        "Ctrl+Shift+L",
        "What keeps the network from learning, and what helps; a light at each node.",
    ),
)

_SELECT = (
    Spec(
        "deselect",
        "&Nothing",
        lambda w: w.studio.select(),
        "Ctrl+Shift+A",
        "Select nothing.",
        any_selected,
        shown=("Escape",),
    ),
    Spec(
        "invert",
        "&Invert",
        lambda w: selecting.invert(w.canvas),
        "Ctrl+I",
        "The nodes that aren't selected, and the wires between them.",
        has_nodes,
    ),
    Spec(
        "select_upstream",
        "&Upstream",
        lambda w: selecting.select_linked(w.canvas, upstream=True),
        "U",
        "Everything the selection depends on.",
        any_selected,
    ),
    Spec(
        "select_downstream",
        "&Downstream",
        lambda w: selecting.select_linked(w.canvas, upstream=False),
        "D",
        "Everything that depends on the selection.",
        any_selected,
    ),
    Spec(
        "select_kind",
        "Same &kind",
        lambda w: selecting.select_kind(w.canvas),
        "Shift+G",
        "Every node of the selected nodes' gates.",
        nodes_selected,
    ),
    Spec(
        "contain",
        "&Band takes only what it holds whole",
        lambda w: w.toggle_habit("contain"),
        None,
        "Else it takes what it touches; Alt does the other while dragging.",
        checked=_habit("contain"),
    ),
)

_ALIGN = (
    ("left", "&Left", "Shift+A", "Left edges in line with the leftmost."),
    ("center", "Centres a&cross", "Shift+Q", "Centres in line, one below the other."),
    ("right", "&Right", "Shift+D", "Right edges in line with the rightmost."),
    ("top", "&Top", "Shift+W", "Top edges in line with the highest."),
    ("middle", "&Middles down", "Shift+E", "Middles in line, side by side."),
    ("bottom", "&Bottom", "Shift+S", "Bottom edges in line with the lowest."),
)

_ARRANGE = (
    Spec(
        "tidy",
        "&Tidy up everything",
        lambda w: arrange.tidy(w.canvas),
        "L",
        "Lay the whole network out from left to right.",
        has_nodes,
        edits=True,
    ),
    Spec(
        "tidy_selection",
        "Tidy up &selection",
        lambda w: arrange.tidy(w.canvas, selection=True),
        "Shift+L",
        "Lay the selected nodes out from left to right.",
        _two_nodes,
        edits=True,
    ),
    *(
        Spec(
            f"align_{edge}",
            title,
            partial(lambda where, w: arrange.align(w.canvas, where), edge),
            keys,
            tip,
            _two_nodes,
            edits=True,
        )
        for edge, title, keys, tip in _ALIGN
    ),
    Spec(
        "distribute_across",
        "Distribute &across",
        lambda w: arrange.distribute(w.canvas, 0),
        "Shift+H",
        "Equal gaps from left to right.",
        _three_nodes,
        edits=True,
    ),
    Spec(
        "distribute_down",
        "Distribute &down",
        lambda w: arrange.distribute(w.canvas, 1),
        "Shift+V",
        "Equal gaps from top to bottom.",
        _three_nodes,
        edits=True,
    ),
    Spec(
        "level",
        "Le&vel wires",
        lambda w: arrange.straighten(w.canvas),
        "Q",
        "Move the selected nodes to the height of what feeds them, so that wires run straight.",
        nodes_selected,
        edits=True,
    ),
    Spec(
        "snap_grid",
        "Snap to &grid",
        lambda w: w.toggle_habit("grid"),
        None,
        "Dragged nodes go from grid point to grid point; Ctrl lets them go anywhere.",
        checked=_habit("grid"),
    ),
    Spec(
        "snap_guides",
        "Snap to &neighbours",
        lambda w: w.toggle_habit("guides"),
        None,
        "Dragged nodes come into line with others, and guides show it.",
        checked=_habit("guides"),
    ),
    Spec(
        "tidy_inserted",
        "Tidy up on &insert",
        lambda w: w.toggle_habit("tidy"),
        None,
        "Lay out what a new node is wired to, as part of the same step.",
        checked=_habit("tidy"),
    ),
)

_VIEW = (
    Spec(
        "find_node",
        "&Find node…",
        lambda w: w.find_node(),
        "Ctrl+F",
        "By name, kind, parameter, shape or note.",
        has_nodes,
    ),
    Spec("back", "&Back", lambda w: w.canvas.visits.back(), "Alt+Left", "The view before the last jump.", _can_go_back),
    Spec(
        "forward",
        "F&orward",
        lambda w: w.canvas.visits.forward(),
        "Alt+Right",
        "The view that was left by going back.",
        _can_go_forward,
    ),
    Spec(
        "animated",
        "A&nimations",
        lambda w: w.toggle_habit("animated"),
        None,
        "Nodes glide to where a command puts them.",
        checked=_habit("animated"),
    ),
    *(
        Spec(
            f"bookmark_{n}",
            f"Set bookmark {n}",
            partial(lambda number, w: w.bookmarks.set(number), n),
            f"Ctrl+{n}",
            "Remember what is seen now, to come back to.",
        )
        for n in NUMBERS
    ),
    *(
        Spec(
            f"go_{n}",
            f"Go to bookmark &{n}",
            partial(lambda number, w: w.bookmarks.go(number), n),
            f"Alt+{n}",
            "See again what was seen when the bookmark was set.",
            partial(_bookmarked, number=n),
        )
        for n in NUMBERS
    ),
)

CANVAS_SPECS: tuple[Spec, ...] = (*_EDIT, *_SELECT, *_ARRANGE, *_VIEW)

CANVAS_REASONS: dict[Callable[[MainWindow], bool], str] = {
    _can_freeze: "Select a layer or a parameter first: something with weights.",
    _two_nodes: "Select two nodes or more first.",
    _three_nodes: "Select three nodes or more first.",
    _can_go_back: "There is no view before this one.",
    _can_go_forward: "No view was left by going back.",
    **{spec.enabled: "This bookmark isn't set." for spec in _VIEW if spec.id.startswith("go_")},
}
"""Why an action can't be done now."""

SELECT: Entries = (
    "select_all", "deselect", "invert", "-", "select_upstream", "select_downstream", "select_kind", "-", "contain",
)  # fmt: skip
COLOR: Entries = ("color", "-", *(f"color_{name}" for name in COLORS), "-", "color_none")
ALIGN: Entries = tuple(f"align_{edge}" for edge, *_ in _ALIGN)
ARRANGE: Entries = (
    "tidy", "tidy_selection", "tidy_inserted", "-", ("Ali&gn", ALIGN), "distribute_across", "distribute_down", "level",
    "-", "snap_grid", "snap_guides",
)  # fmt: skip
BOOKMARKS: Entries = (*(f"go_{n}" for n in NUMBERS), "-", *(f"bookmark_{n}" for n in NUMBERS))
