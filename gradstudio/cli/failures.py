"""What is told when a command can't be carried out: a sentence or two on standard error, and an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gradstudio.cli.stopping import INTERRUPTED, Stopped, stoppable

if TYPE_CHECKING:
    from collections.abc import Callable

BAD_INPUT, FAILURE = 2, 1


class CommandError(Exception):
    """A command can't be carried out; the message says why."""


class InputError(CommandError):
    """What was asked for can't be done: an unknown file, node or example, a network that isn't complete."""


class RunError(CommandError):
    """It was begun and went wrong: diverged, no memory, nowhere to write."""


def told(action: Callable[[], int]) -> int:
    """Carry an action out; where it fails, say why and return the exit code for it."""
    try:
        with stoppable():
            code = action()
            sys.stdout.flush()
            return code
    except BrokenPipeError:
        _hush()  # whoever read our output has enough (`| head`)
        return FAILURE
    except (Stopped, KeyboardInterrupt):
        sys.stderr.write("\nStopped.\n" if sys.stderr.isatty() else "Stopped.\n")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the outermost frame: nobody shall see a traceback
        sentence, code = explained(error)
        sys.stderr.write(f"gradstudio: {sentence}\n")
        _hush()
        return code


def _hush() -> None:
    """Nothing more is to be written: Python would complain at exit of what can't be."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def explained(error: Exception) -> tuple[str, int]:
    """The sentence and the exit code for an error."""
    from gradstudio.data.errors import DataProblem
    from gradstudio.document.reasons import SettingsError
    from gradstudio.engine.errors import EngineError, MemoryRefused, NotFinite
    from gradstudio.files.errors import FileProblem, NotWritable

    match error:
        case MemoryRefused() | NotFinite() | RunError() | NotWritable():
            return str(error), FAILURE
        case InputError() | FileProblem() | DataProblem() | SettingsError():
            return str(error), BAD_INPUT
        case EngineError():
            return str(error), BAD_INPUT
        case OSError():
            said = error.strerror or str(error)
            return f"{error.filename}: {said}." if error.filename else f"{said}.", FAILURE
        case MemoryError():
            return "This machine has not enough memory left for it. Use fewer units or samples.", FAILURE
    kind = type(error).__name__
    return f"An unexpected {kind}: {error}. This is a defect of GradStudio; please report it.", FAILURE
