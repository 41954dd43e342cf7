"""Undo and redo: the only way a window changes its document."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from psygnal import Signal

from gradstudio.document.exercising import settled
from gradstudio.document.model import Document, Patch, Training, same_node

MOST_STEPS = 10_000
MOST_BYTES = 1 << 30


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One entry of the undo list.

    Attributes:
        patch: what crosses it: back while the step is done, forth while it is undone.
        key: patches of one gesture have one key and make one step; None stands alone.
    """

    patch: Patch
    key: Hashable = None

    @property
    def bytes(self) -> int:
        """What its training state weighs (all else is small or shared)."""
        training = self.patch.training
        return 0 if training is None else _weight(training)


class History:
    """The undo list of one document.

    `do` applies a patch and remembers the way back. One gesture is one step: give its patches the same `merge` key, or
    make them inside `group`. The clean mark tells where the document was saved.

    Attributes:
        document: what it changes.
        changed: emitted after every change of the list, of the place in it or of the clean mark.
    """

    changed = Signal()

    def __init__(self, document: Document) -> None:
        self.document = document
        self._steps: list[Step] = []
        self._index = 0
        self._clean: int | None = 0
        self._sealed = True
        self._group: tuple[str, Hashable] | None = None

    # --- doing ---------------------------------------------------------------------------------------------------

    def do(self, patch: Patch, merge: Hashable = None) -> None:
        """Apply a patch and push it; an empty one is ignored.

        Args:
            patch: the edit.
            merge: key of the gesture it is part of: it joins the step before if that has the same key and nothing
                (undo, redo, saving, `seal`) came between.

        Raises:
            ValueError: if the document refuses it; nothing is changed then.
        """
        if patch.empty:
            return
        patch = settled(self.document, patch)
        title, key = self._group or (patch.title, merge)
        saved = self._steps.copy(), self._index, self._clean, self._sealed
        joined = self._record(self.document.inverse(patch), title, key)
        self._cross(patch, saved)
        if joined:
            self._drop_idle()
        if patch.training is not None or len(self._steps) > MOST_STEPS:
            self._trim()
        self.changed.emit()

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Whatever is done inside becomes one step of this title; if the block raises, none of it has happened."""
        if self._group is not None:
            yield
            return
        saved = self._steps.copy(), self._index, self._clean, self._sealed
        self._group = (title, object())
        self._sealed = True
        try:
            yield
        except BaseException:
            self._roll_back(saved)
            raise
        finally:
            self._group = None
            self._sealed = True
            self.changed.emit()  # within, nothing could be undone

    def amend(self, patch: Patch) -> None:
        """Apply a patch as part of the step made last, which keeps its title; a step of its own if there is none.

        Raises:
            ValueError: if the document refuses it; nothing is changed then.
        """
        if self._index in (0, self._clean) or self.can_redo:
            self.do(patch)
            return
        top = self._steps[self._index - 1]
        key = top.key if top.key is not None else object()
        self._steps[self._index - 1] = Step(top.patch, key)
        sealed, self._sealed = self._sealed, False
        self.do(replace(patch, title=top.patch.title), merge=key)
        self._sealed = sealed

    def go_to(self, index: int) -> None:
        """Take steps back, or carry them out again, until so many are done; as far as there are steps."""
        while self._index > index and self.undo():
            pass
        while self._index < index and self.redo():
            pass

    def seal(self) -> None:
        """End the gesture: the next patch starts a new step, whatever its key."""
        self._sealed = True

    def undo(self) -> bool:
        """Take the last step back and say whether there was one."""
        if not self.can_undo:
            return False
        self._step(self._index - 1, self._index - 1)
        return True

    def redo(self) -> bool:
        """Carry out the step again that was undone last, and say whether there was one."""
        if not self.can_redo:
            return False
        self._step(self._index, self._index + 1)
        return True

    # --- asking --------------------------------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back (never inside a group)."""
        return self._index > 0 and self._group is None

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to carry out again (never inside a group)."""
        return self._index < len(self._steps) and self._group is None

    @property
    def undo_title(self) -> str:
        """What `undo` would take back; empty where there is nothing."""
        return self._steps[self._index - 1].patch.title if self.can_undo else ""

    @property
    def redo_title(self) -> str:
        """What `redo` would carry out; empty where there is nothing."""
        return self._steps[self._index].patch.title if self.can_redo else ""

    @property
    def titles(self) -> tuple[str, ...]:
        """All steps, done and undone, the oldest first."""
        return tuple(step.patch.title for step in self._steps)

    @property
    def index(self) -> int:
        """How many of them are done."""
        return self._index

    @property
    def saved_at(self) -> int | None:
        """How many steps were done when the document was saved; None where the list doesn't lead there any more."""
        return self._clean

    @property
    def clean(self) -> bool:
        """Whether the document is as it was when `set_clean` was called (or, before that, as at the start)."""
        return self._clean == self._index

    def set_clean(self) -> None:
        """Mark the document as saved."""
        self._clean = self._index
        self._sealed = True
        self.changed.emit()

    # --- the list ------------------------------------------------------------------------------------------------

    def _record(self, back: Patch, title: str, key: Hashable) -> bool:
        """Put the way back on the list, before it is needed; say whether it joined the last step."""
        top = self._steps[self._index - 1] if self._index else None
        if key is not None and top is not None and top.key == key and not self._sealed:
            self._steps[self._index - 1] = Step(_both_back(top.patch, back, title), key)
            return True
        if self._clean is not None and self._clean > self._index:
            self._clean = None
        self._steps[self._index :] = [Step(_titled(back, title), key)]
        self._index += 1
        self._sealed = False
        return False

    def _step(self, crossed: int, index: int) -> None:
        patch = self._steps[crossed].patch
        saved = self._steps.copy(), self._index, self._clean, self._sealed
        self._steps[crossed] = Step(self.document.inverse(patch))
        self._index = index
        self._sealed = True
        self._cross(patch, saved)
        self.changed.emit()

    def _cross(self, patch: Patch, saved: _State) -> None:
        """Apply a patch that is on the list already, and take it off again if the document refuses it.

        It comes onto the list first so that an observer may make an edit of its own, or fail, and undo stays complete.
        """
        before = self.document.revision
        try:
            self.document.apply(patch)
        except BaseException:
            if self.document.revision == before:
                self._steps, self._index, self._clean, self._sealed = saved
            else:  # an observer failed; the edit is made
                self.changed.emit()
            raise

    def _roll_back(self, saved: _State) -> None:
        group = self._group
        if group is not None and self._index and self._steps[self._index - 1].key == group[1]:
            self.document.apply(self._steps[self._index - 1].patch)
        self._steps, self._index, self._clean, self._sealed = saved
        self.changed.emit()

    def _drop_idle(self) -> None:
        """Take the last step off if its gesture has come back to where it began."""
        if _changes_nothing(self.document, self._steps[self._index - 1].patch):
            self._index -= 1
            del self._steps[self._index :]
            self._sealed = True

    def _trim(self) -> None:
        """Forget the oldest steps where there are too many or their training states weigh too much."""
        excess = max(0, len(self._steps) - MOST_STEPS)
        weight = sum(step.bytes for step in self._steps[excess:])
        while weight > MOST_BYTES and excess < self._index - 1:
            weight -= self._steps[excess].bytes
            excess += 1
        if excess:
            del self._steps[:excess]
            self._index -= excess
            if self._clean is not None:
                self._clean = self._clean - excess if self._clean >= excess else None


_State = tuple[list[Step], int, int | None, bool]


def _titled(patch: Patch, title: str) -> Patch:
    return patch if patch.title == title else replace(patch, title=title)


def _both_back(first: Patch, second: Patch, title: str) -> Patch:
    """The way back over two patches at once, given each one's own; the first was applied first."""
    return second.followed_by(first, title)


def _changes_nothing(document: Document, patch: Patch) -> bool:
    return (
        all(same_node(document.nodes.get(i), node) for i, node in patch.nodes.items())
        and all(document.wires.get(i) == wire for i, wire in patch.wires.items())
        and all(document.groups.get(i) == group for i, group in patch.groups.items())
        and all(document.frames.get(i) == frame for i, frame in patch.frames.items())
        and all(document.comments.get(i) == comment for i, comment in patch.comments.items())
        and patch.settings in (None, document.settings)
        and patch.exercise in (None, document.exercise)
        and (patch.training is None or patch.training is document.training)
    )


def _weight(training: Training) -> int:
    columns = (training.parameters, training.optimizer, training.history)
    return sum(array.nbytes for column in columns for array in column.values())
