"""What is being chosen, and what comes of it: read and prepared beside the window after every choice."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from PySide6.QtCore import QObject, Signal

from gradstudio.data.drafts import Draft, Looked, Source, look
from gradstudio.data.errors import DataProblem
from gradstudio.data.job import Job
from gradstudio.data.preparation import Preparation
from gradstudio.data.progress import GivenUp
from gradstudio.data.reading import Reading, kind_of
from gradstudio.ui.waiting import Waiting


class Drafting(QObject):
    """The draft and what it was found to be; a new choice gives up what the choice before has begun.

    Attributes:
        draft: what is chosen; None before there is a source.
        looked: what came of the last draft that could be read.
        problem: why the present draft can't be read or prepared, as a sentence; empty where it can.
    """

    changed = Signal()
    """Something is to be shown."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.draft: Draft | None = None
        self.looked: Looked | None = None
        self.problem = ""
        self._waiting: Waiting[Looked] | None = None
        self._later = False

    @property
    def busy(self) -> bool:
        """Whether something is being read or prepared."""
        return self._waiting is not None

    @property
    def share(self) -> float | None:
        """How much of it is done; None where that can't be told."""
        return None if self._waiting is None else self._waiting.job.share

    @property
    def ready(self) -> Looked | None:
        """What a network would get; None as long as something is in the way."""
        looked = self.looked
        return (
            looked if looked is not None and looked.prepared is not None and not (self.busy or self.problem) else None
        )

    @property
    def kind(self) -> str:
        """Which reader takes it, where it can be said how it reads; else nothing."""
        draft = self.draft
        if draft is None or draft.source.path is None or not (self.looked or self.problem):
            return ""
        try:
            return self.looked.table.kind if self.looked is not None else kind_of(draft.source.path)
        except (DataProblem, OSError):
            return ""

    @property
    def how(self) -> Preparation | None:
        """How the table is prepared."""
        return None if self.draft is None else self.draft.preparation

    def take(self, source: Source, reading: Reading | None = None, how: Preparation | None = None) -> None:
        """Begin with a source."""
        self.looked = None
        self.change(Draft(source, reading or Reading(), how))

    def read(self, reading: Reading) -> None:
        """Read it in another way."""
        if self.draft is not None and reading != self.draft.reading:
            self.change(replace(self.draft, reading=reading))

    def prepare(self, how: Preparation) -> None:
        """Prepare it in another way."""
        if self.draft is not None and how != self.draft.preparation:
            self.change(replace(self.draft, preparation=how))

    def prepare_with(self, **fields: object) -> None:
        """Prepare it with other choices in these fields."""
        if self.how is not None:
            self.prepare(msgspec.structs.replace(self.how, **fields))

    def change(self, draft: Draft) -> None:
        """Look at another draft; where the same table is being prepared, once that has ended: one at a time."""
        was, self.draft, before = self.draft, draft, self.looked
        again = was is not None and (was.source, was.reading) == (draft.source, draft.reading) and before is not None
        if again and self._waiting is not None:
            self._later = True
            self._waiting.job.give_up()
            return
        self.give_up()
        self._waiting = Waiting(Job(lambda: look(draft, before)), self._end, self)
        self._waiting.begin()
        self.changed.emit()

    def back(self) -> None:
        """Give up what is being read: what was there before stays."""
        self.give_up()
        self.draft = None if self.looked is None else self.looked.draft
        self.problem = "" if self.looked is None or self.looked.problem is None else str(self.looked.problem)
        self.changed.emit()

    def give_up(self) -> None:
        """Nobody waits any more."""
        if self._waiting is not None:
            self._waiting.give_up()
            self._waiting = None
        self._later = False

    def _end(self, job: Job[Looked]) -> None:
        self._waiting = None
        if self._later and self.draft is not None:
            self._later = False
            self.change(self.draft)
            return
        try:
            self.looked = job.result()
        except DataProblem as problem:
            self.problem = str(problem)
        except GivenUp:
            return
        else:
            self.draft = self.looked.draft
            self.problem = "" if self.looked.problem is None else str(self.looked.problem)
        self.changed.emit()
