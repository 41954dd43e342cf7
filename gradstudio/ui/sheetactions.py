"""The actions of the backprop sheet and the Jacobian, and those that open a layer into its gates and close it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gradstudio.ui import going
from gradstudio.ui.canvas import opening
from gradstudio.ui.dialogs import jacobian
from gradstudio.ui.spec import Entries, Spec

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def _one_gate(window: MainWindow) -> bool:
    nodes, wires = window.studio.selection()
    document = window.studio.document
    if not nodes and len(wires) == 1:
        nodes = (document.wires[wires[0]].target,)
    return len(nodes) == 1 and document.nodes[nodes[0]].known and bool(document.nodes[nodes[0]].kind.inputs)


def _gates(window: MainWindow) -> bool:
    document, (nodes, _) = window.studio.document, window.studio.selection()
    return bool(nodes) and all(document.nodes[node].known and document.nodes[node].input_ports() for node in nodes)


def _openable(window: MainWindow) -> bool:
    return opening.openable(window.canvas) is not None


def _closable(window: MainWindow) -> bool:
    return bool(opening.closable(window.canvas))


SHEET_SPECS: tuple[Spec, ...] = (
    Spec(
        "backprop",
        "&Backprop sheet",
        lambda w: going.to_dock(w, "backprop"),
        "Ctrl+L",
        "Local × upstream = downstream for the selected gate or wire, with all its numbers.",
    ),
    Spec(
        "jacobian",
        "&Jacobian…",
        jacobian.show_selected,
        "Ctrl+Shift+J",
        "All local gradients of the selected gate as one matrix: a heat map, its size and its structure.",
        _one_gate,
    ),
    Spec(
        "check_gates",
        "Chec&k this gate's gradient",
        lambda w: w.check_gradients(w.studio.selection()[0]),
        "Ctrl+Shift+U",
        "Hold the backward pass of each selected gate, by itself, against a difference quotient.",
        _gates,
    ),
    Spec(
        "open_layer",
        "Open into &gates",
        lambda w: opening.open_selected(w.canvas),
        "Ctrl+E",
        "Show the gates a layer is made of, in its place; a double click on it does so too.",
        _openable,
        edits=True,
    ),
    Spec(
        "close_layer",
        "C&lose into its gate",
        lambda w: opening.close_selected(w.canvas),
        "Ctrl+Alt+E",
        "Put the layer back that was opened into these gates, with what they have learned.",
        _closable,
        edits=True,
    ),
)

SHEET_REASONS: dict[Callable[[MainWindow], bool], str] = {
    _one_gate: "Select one gate with inputs, or one wire first.",
    _gates: "Select gates with inputs first.",
    _openable: "Select a layer or a gate that is made of others first, such as Dense or Sigmoid.",
    _closable: "Select a layer that was opened into its gates first, or one of them.",
}
"""Why an action can't be done now."""

SHEET: Entries = ("backprop", "jacobian", "check_gates")
LAYER: Entries = ("open_layer", "close_layer")
