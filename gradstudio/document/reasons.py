"""What can be wrong with a network, by name: reasons, findings at nodes, refusals of edits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gradstudio.document.problem import Problem


class Reason(StrEnum):
    """Why an edit is refused or a node can't be computed. Each is a row of the table in `legality`."""

    UNKNOWN_NODE = "unknown_node"
    UNKNOWN_GATE = "unknown_gate"
    UNKNOWN_PORT = "unknown_port"
    SELF_LOOP = "self_loop"
    DUPLICATE = "duplicate"
    TYPE = "type"
    CYCLE = "cycle"
    OCCUPIED = "occupied"
    SHAPE = "shape"
    SIZE = "size"
    MISSING = "missing"
    PARAM = "param"
    PIN = "pin"
    NAME = "name"
    PLACE = "place"
    MARK = "mark"
    OBJECTIVE = "objective"
    SETTINGS = "settings"
    CLIPBOARD = "clipboard"
    GROUP = "group"
    REMARK = "remark"
    EXERCISE = "exercise"

    @property
    def structural(self) -> bool:
        """Whether no edit can ever lead to it: a document that shows it is broken, not merely unfinished."""
        return self in _STRUCTURAL


_STRUCTURAL = frozenset({
    Reason.UNKNOWN_NODE, Reason.UNKNOWN_PORT, Reason.SELF_LOOP, Reason.DUPLICATE, Reason.TYPE, Reason.CYCLE,
    Reason.OCCUPIED, Reason.NAME, Reason.PLACE, Reason.MARK, Reason.OBJECTIVE, Reason.SETTINGS, Reason.GROUP,
    Reason.REMARK,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding(Problem):
    """A problem with its name, and the wire it is about where it is about one.

    Attributes:
        reason: its row in the table.
        wire: document wire id, or None.
        area: id of the group, frame or comment it is about, or None.
    """

    reason: Reason
    wire: int | None = None
    area: int | None = None


class Refused(Exception):
    """An edit that isn't made; `str()` is the sentence for the person.

    Attributes:
        reason: its name.
        message: a sentence: what, where, what to do.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class SettingsError(Refused, ValueError):
    """A setting of the training has a value it can't take."""

    def __init__(self, message: str) -> None:
        super().__init__(Reason.SETTINGS, message)
