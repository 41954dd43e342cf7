"""Which ports connect two things that are seen: nodes by their own ports, closed groups by those they show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from gradstudio.document import commands
from gradstudio.document.joining import Ends, either_way
from gradstudio.document.legality import why_not
from gradstudio.document.model import Document, Patch
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.document.stage import ShownId, is_box

if TYPE_CHECKING:
    from gradstudio.ui.canvas.ports import PortRef
    from gradstudio.ui.canvas.view import CanvasView


def ends_between(view: CanvasView, source: ShownId, target: ShownId) -> Ends | Refused:
    """The first ports that fit by which one feeds the other, or the other way round; or why there are none."""
    document = view.studio.document
    if not (is_box(source) or is_box(target)):
        return either_way(document, source, target)
    found = _first(view, document, source, target)
    if isinstance(found, Refused):
        back = _first(view, document, target, source)
        return found if isinstance(back, Refused) else back
    return found


def join_units(view: CanvasView, units: Iterable[ShownId]) -> Patch:
    """Wires from left to right between what is seen, groups as wholes: each feeds the next that takes it.

    Raises:
        Refused: if nothing of it can be connected.
    """
    order = sorted(units, key=lambda shown: (view.scene.node_rect(shown).left(), view.scene.node_rect(shown).top()))
    trial, made, first = Rehearsal(view.studio.document), 0, None
    for k, source in enumerate(order):
        for target in order[k + 1 :]:
            found = _first(view, trial.doc, source, target)
            if not isinstance(found, Refused):
                trial.do(commands.connect(trial.doc, *found))
                made += 1
                break
            first = first or found
    if not made:
        raise first or _nothing(view, order[0], order[-1])
    return trial.patch(f"Join {made + 1} parts")


def _first(view: CanvasView, document: Document, source: ShownId, target: ShownId) -> Ends | Refused:
    """The first output of the one that fits the first free input of the other."""
    refusal: Refused | None = None
    for into in _ports(view, target, outputs=False):
        for output in _ports(view, source, outputs=True):
            ends = output.node, output.port, into.node, into.port
            found = why_not(document, *ends)
            if found is None:
                return ends
            if refusal is None or refusal.reason is Reason.OCCUPIED:
                refusal = found
    return refusal or _nothing(view, source, target)


def _ports(view: CanvasView, shown: ShownId, *, outputs: bool) -> list[PortRef]:
    row = view.scene.ports.row(shown)
    return [] if row is None else [port for port in view.scene.ports.of(row) if port.is_output is outputs]


def _nothing(view: CanvasView, source: ShownId, target: ShownId) -> Refused:
    names = tuple(view.scene.nodes.faces[view.scene.nodes.row[shown]].title for shown in (source, target))
    words = QCoreApplication.translate("Canvas", "“{0}” has no output that “{1}” has a free input for.")
    return Refused(Reason.UNKNOWN_PORT, words.format(*names))
