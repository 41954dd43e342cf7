"""Every action of the window, declared once: menus, shortcuts, tooltips, buttons, list of keys come from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

from gradstudio.training.snapshot import Status
from gradstudio.ui.canvasactions import ARRANGE, BOOKMARKS, CANVAS_REASONS, CANVAS_SPECS, COLOR, SELECT
from gradstudio.ui.fileactions import FILE, FILE_SPECS, WINDOW, WINDOW_REASONS, WINDOW_SPECS
from gradstudio.ui.groupactions import GROUP_REASONS, GROUP_SPECS, GROUPS
from gradstudio.ui.insightactions import EXERCISE, EXERCISE_SPECS, INSIGHT_REASONS, STEP_SPECS, STEPPING
from gradstudio.ui.sheetactions import LAYER, SHEET, SHEET_REASONS, SHEET_SPECS
from gradstudio.ui.spec import Entries, Keys, Spec, Standard, any_selected, has_nodes, nodes_selected, one_node, say
from gradstudio.ui.trainactions import TRAIN_SPECS
from gradstudio.ui.watchactions import WATCH, WATCH_SPECS

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def _joinable(window: MainWindow) -> bool:
    nodes, wires = window.studio.selection()
    return len(nodes) > 1 or len(nodes) == len(wires) == 1


def _dotted(window: MainWindow) -> bool:
    document = window.studio.document
    return any(document.wires[i].via for i in window.studio.selection()[1])


def _running(window: MainWindow) -> bool:
    return window.studio.running


def _can_train(window: MainWindow) -> bool:
    return has_nodes(window) and not window.studio.running


def _trained(window: MainWindow) -> bool:
    return window.studio.document.training.step > 0 or window.studio.running


def _can_undo(window: MainWindow) -> bool:
    return window.studio.history.can_undo or window.studio.running


def _can_redo(window: MainWindow) -> bool:
    return window.studio.history.can_redo


def _has_objective(window: MainWindow) -> bool:
    return window.studio.document.settings.objective is not None


def _undo_text(window: MainWindow) -> str:
    title = window.studio.history.undo_title
    return say("&Undo “{}”").format(title) if title else say("&Undo")


def _redo_text(window: MainWindow) -> str:
    title = window.studio.history.redo_title
    return say("&Redo “{}”").format(title) if title else say("&Redo")


def _train_text(window: MainWindow) -> str:
    return say("&Continue") if window.studio.status is Status.PAUSED else say("&Train")


SPECS: tuple[Spec, ...] = (
    *FILE_SPECS,
    # Edit
    Spec(
        "undo",
        "&Undo",
        lambda w: w.studio.undo(),
        Standard.Undo,
        "Take the last edit back.",
        _can_undo,
        _undo_text,
        edits=True,
    ),
    Spec(
        "redo",
        "&Redo",
        lambda w: w.studio.redo(),
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "Do again what was taken back.",
        _can_redo,
        _redo_text,
        edits=True,
    ),
    Spec("cut", "Cu&t", lambda w: w.canvas.cut(), Standard.Cut, "Copy and delete.", nodes_selected, edits=True),
    Spec("copy", "&Copy", lambda w: w.canvas.copy(), Standard.Copy, "Nodes and wires between them.", nodes_selected),
    Spec("paste", "&Paste", lambda w: w.canvas.paste(), Standard.Paste, "Nodes from the clipboard.", edits=True),
    Spec(
        "duplicate",
        "&Duplicate",
        lambda w: w.canvas.duplicate(),
        "Ctrl+D",
        "Twins of the selected nodes.",
        nodes_selected,
        edits=True,
    ),
    Spec(
        "delete",
        "De&lete",
        lambda w: w.canvas.delete(),
        ("Del", "Backspace"),
        "Selected nodes and wires.",
        any_selected,
        edits=True,
    ),
    Spec("select_all", "Select &all", lambda w: w.canvas.select_all(), Standard.SelectAll, "Every node and wire."),
    Spec("rename", "Re&name", lambda w: w.canvas.rename(), "F2", "Name of the selected node.", one_node, edits=True),
    Spec("next_node", "Ne&xt node", lambda w: w.canvas.walk(True), "N", "From left to right.", has_nodes),
    Spec("previous_node", "Pre&vious node", lambda w: w.canvas.walk(False), "Shift+N", "Back to the left.", has_nodes),
    # View
    Spec("fit", "Zoom to &fit", lambda w: w.canvas.zoom_to_fit(), "F", "Show the whole network."),
    Spec(
        "fit_selection",
        "Zoom to &selection",
        lambda w: w.canvas.zoom_to_fit(selection=True),
        "Shift+F",
        "Show what is selected.",
        nodes_selected,
    ),
    Spec("actual_size", "&Actual size", lambda w: w.canvas.set_scale(1.0), "Ctrl+0", "Zoom to 100 %."),
    Spec("zoom_in", "Zoom &in", lambda w: w.canvas.zoom(1.25), ("Ctrl++", "Ctrl+="), "Look closer."),
    Spec("zoom_out", "Zoom &out", lambda w: w.canvas.zoom(0.8), "Ctrl+-", "Look from further away."),
    Spec("reset_layout", "&Reset layout", lambda w: w.reset_layout(), None, "Docks back to where they were at first."),
    Spec("find_gate", "Find a &gate", lambda w: w.find_gate(), "Ctrl+Shift+F", "Go to the palette's search field."),
    Spec(
        "find",
        "Search nodes and commands",
        lambda w: w.search_everything(),
        "Ctrl+K",
        "Go to a node, do something, add a gate.",
    ),
    # Graph
    Spec(
        "add_gate",
        "&Add gate…",
        lambda w: w.canvas.ask_for_gate(),
        None,
        "Search for a gate, at the mouse or beside what is selected, and wire it to that; into a selected wire.",
        edits=True,
        shown=("Tab", "Space"),
    ),
    Spec(
        "join",
        "&Join selected",
        lambda w: w.canvas.join_selected(),
        None,
        "Wire the selected nodes from left to right, by the ports that fit; put a node into a selected wire.",
        _joinable,
        edits=True,
        shown=("J",),
    ),
    Spec(
        "take_out",
        "Take &out, wires heal",
        lambda w: w.canvas.take_out_selected(),
        "Shift+X",
        "Take the selected nodes out of their wires: what fed them feeds what they fed.",
        nodes_selected,
        edits=True,
    ),
    Spec(
        "dissolve",
        "Delete, wires &heal",
        lambda w: w.canvas.dissolve_selected(),
        ("Ctrl+Del", "Ctrl+Backspace"),
        "Delete the selected nodes: what fed them feeds what they fed.",
        nodes_selected,
        edits=True,
    ),
    Spec(
        "unwire",
        "C&ut wires",
        lambda w: w.canvas.unwire_selected(),
        "Shift+Y",
        "Cut all wires of the selected nodes, and the selected wires.",
        any_selected,
        edits=True,
    ),
    Spec(
        "add_dot",
        "Add &dot",
        lambda w: w.canvas.add_dot(),
        ".",
        "Lead the wire under the mouse, or the selected one, through a dot: arrows move it, Delete removes it.",
        edits=True,
    ),
    Spec(
        "next_dot",
        "Next do&t",
        lambda w: w.canvas.next_dot(),
        ",",
        "Choose the next dot of the selected wire, for arrows and Delete.",
        _dotted,
    ),
    Spec(
        "straighten",
        "&Straighten",
        lambda w: w.canvas.straighten_selected(),
        "Ctrl+.",
        "Take all dots of the selected wires away.",
        _dotted,
        edits=True,
    ),
    Spec(
        "connect",
        "&Connect…",
        lambda w: w.connect_selected(),
        "C",
        "Wires the selected node may get, and those it has: wiring by keyboard.",
        one_node,
        edits=True,
    ),
    Spec(
        "minimise",
        "&Minimise this node",
        lambda w: w.minimise_selected(),
        "M",
        "Make the selected node the objective: gradients are taken of it.",
        one_node,
        edits=True,
    ),
    Spec(
        "minimise_ends",
        "Minimise every &end",
        lambda w: w.minimise_ends(),
        None,
        "Let the objective be the sum of every end of the graph.",
        _has_objective,
        edits=True,
    ),
    Spec(
        "check",
        "&Gradient check…",
        lambda w: w.check_gradients(),
        "G",
        "Hold every gradient against a difference quotient.",
        has_nodes,
    ),
    # Train
    Spec(
        "train",
        "&Train",
        lambda w: w.studio.train(),
        "T",
        "Train, or go on with a paused run.",
        _can_train,
        _train_text,
    ),
    Spec("pause", "&Pause", lambda w: w.studio.pause(), "P", "Pause the run; it can go on.", _running),
    Spec("step", "&Step", lambda w: w.studio.step_once(), "S", "Make one training step.", _can_train),
    Spec("reset", "&Reset", lambda w: w.studio.reset(), "Shift+R", "Start values again; can be undone.", _trained),
    Spec(
        "look_back",
        "&Look back",
        lambda w: w.look_back(),
        "Ctrl+Shift+T",
        "A slider over the steps of this training that are kept: canvas and panels show the network as it was.",
        checked=lambda w: w.looks_back,
    ),
    Spec("settings", "S&ettings", lambda w: w.show_settings(), "Ctrl+,", "Optimiser, learning rate, steps, seed …"),
    # Help
    Spec("gate_help", "&Gates…", lambda w: w.help.gates(), "F1", "Every gate: formula, rule, ports, parameters."),
    Spec("keys", "&Keys and mouse…", lambda w: w.help.keys(), "Ctrl+/", "What keys and mouse do."),
    Spec("about", "&About GradStudio", lambda w: w.help.about(), None, "Version and licence."),
    *WINDOW_SPECS,
    *CANVAS_SPECS,
    *GROUP_SPECS,
    *WATCH_SPECS,
    *TRAIN_SPECS,
    *SHEET_SPECS,
    *STEP_SPECS,
    *EXERCISE_SPECS,
)

REASONS: dict[Callable[[MainWindow], bool], str] = {
    any_selected: "Select a node or a wire first.",
    nodes_selected: "Select a node first.",
    one_node: "Select one node first.",
    _joinable: "Select two nodes or more first, or a node and a wire.",
    _dotted: "Select a wire with dots first.",
    has_nodes: "There is no node yet.",
    _running: "No training runs.",
    _can_train: "There is no node yet, or training runs already.",
    _trained: "Nothing has been trained yet.",
    _can_undo: "There is nothing to take back.",
    _can_redo: "There is nothing to do again.",
    _has_objective: "Every end is minimised already.",
    **CANVAS_REASONS,
    **GROUP_REASONS,
    **SHEET_REASONS,
    **WINDOW_REASONS,
    **INSIGHT_REASONS,
}
"""Why an action can't be done now, for its tooltip."""

MENUS: tuple[tuple[str, Entries], ...] = (
    ("&File", FILE),
    (
        "&Edit",
        (
            "undo", "redo", "history", "-", "cut", "copy", "paste", "duplicate", "duplicate_fed", "delete", "-",
            ("&Select", (*SELECT, "-", "next_node", "previous_node")), "-", "rename", "note", ("C&olour", COLOR),
            "mute", "freeze", "replace", "-", "find_node", "find_gate", "find",
        ),
    ),
    (
        "&View",
        (
            "fit", "fit_selection", "actual_size", "zoom_in", "zoom_out", "-", "back", "forward",
            ("B&ookmarks", BOOKMARKS), "-", "table", "problems", "health", *WATCH, "-",
            "order_numbers", ">minimap", "animated", ">theme", ">docks", "-",
            "reset_layout",
        ),
    ),
    (
        "&Graph",
        (
            "add_gate", "-", "connect", "join", "take_out", "dissolve", "unwire", "-", "add_dot", "next_dot",
            "straighten", "-", *LAYER, ("Gr&oups", GROUPS), "-", ("Step throu&gh", STEPPING),
            ("&Exercise", EXERCISE), "-", "minimise", "minimise_ends", "-", *SHEET, "check",
        ),
    ),
    ("&Arrange", ARRANGE),
    (
        "&Train",
        (
            "train", "pause", "step", "reset", "-", "evaluate", "look_back", "runs", "-", "find_rate", "sweep",
            "settings",
        ),
    ),
    ("&Window", WINDOW),
    ("&Help", ("gate_help", "keys", "-", "about")),
)  # fmt: skip
"""Titles and what they hold."""


def make_actions(window: MainWindow) -> dict[str, QAction]:
    """A QAction for each declaration."""
    made = {}
    for spec in SPECS:
        action = QAction(say(spec.title), window)
        action.setIconVisibleInMenu(False)
        action.setObjectName(f"action.{spec.id}")
        action.setShortcuts(sequences(spec.keys))
        action.setToolTip(_tip(spec, action, enabled=True))
        action.setCheckable(spec.checked is not None)
        action.setAutoRepeat(spec.id in ("undo", "redo", "zoom_in", "zoom_out"))
        action.triggered.connect(_runner(window, spec))
        window.addAction(action)
        made[spec.id] = action
    return made


def update_actions(window: MainWindow) -> None:
    """Enable what can be done now, and change the titles that change."""
    for spec in SPECS:
        action = window.actions_by_id[spec.id]
        enabled = spec.enabled(window)
        if enabled is not action.isEnabled():
            action.setEnabled(enabled)
            action.setToolTip(_tip(spec, action, enabled=enabled))
        if spec.text is not None:
            action.setText(spec.text(window))
        if spec.checked is not None:
            action.setChecked(spec.checked(window))


def _tip(spec: Spec, action: QAction, *, enabled: bool) -> str:
    """What it does, why it can't be done now, its shortcut."""
    shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    why = "" if enabled else f" {say(REASONS[spec.enabled])}"
    return f"{say(spec.tip)}{why}  {shown}".rstrip()


def sequences(keys: Keys) -> list[QKeySequence]:
    """The shortcuts of a declaration."""
    if keys is None:
        return []
    if isinstance(keys, Standard):
        return QKeySequence.keyBindings(keys)
    return [QKeySequence(key) for key in ((keys,) if isinstance(keys, str) else keys)]


def shown_keys(spec: Spec) -> list[str]:
    """Its shortcuts as people write them; of the many a platform may have for one, the usual one."""
    found = sequences(spec.keys)
    usual = found[:1] if isinstance(spec.keys, Standard) else found
    read = [QKeySequence(key) for key in spec.shown]
    return [key.toString(QKeySequence.SequenceFormat.NativeText) for key in (*usual, *read)]


def _runner(window: MainWindow, spec: Spec) -> Callable[[], None]:
    def run(*_: object) -> None:
        if not (spec.edits and window.canvas.gesture_active()):
            spec.run(window)

    return run
