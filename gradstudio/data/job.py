"""Work with data in a thread of its own: watched from another one, and given up at any time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from gradstudio.data.errors import DataProblem, NotReadable, TooLarge
from gradstudio.data.progress import GivenUp, heard

T = TypeVar("T")


class Job(Generic[T]):
    """Something that takes its time.

    Attributes:
        share: how much of it is done, from 0 to 1; None where that can't be told.
        wanted: whether somebody still waits for it.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self.share: float | None = None
        self.wanted = True
        self._work = work
        self._made: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="gradstudio-data", daemon=True)

    def start(self, patience: float = 0.0) -> bool:
        """Begin, and wait so many seconds at most; whether it has ended by then."""
        self._thread.start()
        self._thread.join(patience)
        return self.ended

    @property
    def ended(self) -> bool:
        """Whether there is a result, or a reason why there is none."""
        return not self._thread.is_alive()

    def give_up(self) -> None:
        """Nobody waits any more: it ends as soon as it can, by itself."""
        self.wanted = False

    def result(self) -> T:
        """What came of it, once it has ended.

        Raises:
            DataProblem: if it couldn't be done.
            GivenUp: if nobody wanted it any more.
        """
        if self._error is not None:
            raise self._error
        return self._made[0]

    def _run(self) -> None:
        try:
            with heard(self._hear):
                self._made.append(self._work())
        except OSError as error:
            self._error = NotReadable("a file that can be read", error.strerror or str(error), "Choose another file.")
        except MemoryError:
            advice = "Leave columns out, or save it as Parquet or NPY, which are read in parts."
            self._error = TooLarge("a table that fits into memory", "a larger one", advice)
        except (DataProblem, GivenUp) as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - raised again by `result`, in the thread of whoever waits
            self._error = error

    def _hear(self, share: float) -> None:
        if not self.wanted:
            raise GivenUp
        self.share = share
