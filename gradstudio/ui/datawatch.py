"""What happens to the data of a network from outside: files are found, read, missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gradstudio.document.model import Change, NodeId
from gradstudio.document.shapes import infer
from gradstudio.engine.supply import SUPPLY

if TYPE_CHECKING:
    from gradstudio.ui.bridge import Studio


class DataWatch(QObject):
    """Has nodes computed anew when other data is at hand for them, and tells what is missing."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._said: dict[NodeId, str] = {}
        SUPPLY.listeners.append(self._supply_changed)
        studio.documentChanged.connect(self._look)
        studio.documentReplaced.connect(self._begin)
        studio.closing.connect(self._leave)
        self._said = self._problems()

    def _problems(self) -> dict[NodeId, str]:
        """What is in the way of each data node."""
        document = self._studio.document
        found = infer(document).problems
        return {one.node: one.message for one in found if document.nodes[one.node].params.get("record")}

    def _look(self, change: Change) -> None:
        if change.graph:
            self._said = self._problems()

    def _begin(self) -> None:
        self._said = self._problems()
        self._tell(self._said)

    def _supply_changed(self) -> None:
        before, now = self._said, self._problems()
        differ = frozenset(i for i in before.keys() | now.keys() if before.get(i) != now.get(i))
        self._said = now
        if differ:
            self._studio.document.tell(Change(differ, frozenset(), False, False, graph=True))
            self._tell({i: now[i] for i in differ if i in now})

    def _tell(self, problems: dict[NodeId, str]) -> None:
        from gradstudio.data.shelf import SHELF

        nodes = self._studio.document.nodes
        lasting = [said for i, said in problems.items() if not SHELF.awaits(str(nodes[i].params["record"]))]
        if lasting:
            more = "" if len(lasting) == 1 else " " + self.tr("({} more: see Problems.)").format(len(lasting) - 1)
            self._studio.messageShown.emit(lasting[0] + more)

    def _leave(self) -> None:
        if self._supply_changed in SUPPLY.listeners:
            SUPPLY.listeners.remove(self._supply_changed)
