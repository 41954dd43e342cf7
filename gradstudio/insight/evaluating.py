"""How good a network is on rows it was never trained on: asked once, apart from the session that trains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradstudio.engine.errors import GraphError
from gradstudio.insight.answering import Answering
from gradstudio.insight.judging import Judged, class_names
from gradstudio.insight.parts import PARTS, TEST, samples_of

if TYPE_CHECKING:
    from gradstudio.document.model import Document
    from gradstudio.engine.gate import Array
    from gradstudio.engine.graph import Slot
    from gradstudio.engine.running import Stop
    from gradstudio.engine.supply import Rows


@dataclass(frozen=True, eq=False, slots=True)
class Evaluation:
    """How good a network is on a part of its data.

    Attributes:
        part: the rows it was judged by.
        judged: what came of it.
        lacks: why it wasn't the part that was asked for; empty where it was.
    """

    part: str
    judged: Judged
    lacks: str = ""


def evaluate(document: Document, part: str = TEST, stop: Stop = bool) -> Evaluation | None:
    """Judge a network by a part of its data: where there is none, by the next best. None if stopped.

    Raises:
        GraphError: if it has no answer, no data, or no truth to compare with.
    """
    answering = Answering(document, stop)
    found, samples, lacks = _best(answering, part)
    target = answering.output.target
    truth = None if target is None else samples.get(target)
    judged = answering.judge(samples[answering.entrance.slot], truth, class_names(document))
    return None if judged is None else Evaluation(found, judged, lacks)


def _best(answering: Answering, part: str) -> tuple[str, dict[Slot, Array | Rows], str]:
    """The samples of a part; of none those of the part before it, which is less strict, and why."""
    lacks = ""
    for one in PARTS[PARTS.index(part) :: -1]:
        try:
            return one, samples_of(answering.scene, answering.entrance.slot, one), lacks
        except GraphError as error:
            lacks = lacks or str(error)
    raise GraphError(lacks)
