"""The command line: every command works without a window. `main` is the entry of `gradstudio`."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
"""What a shell expects of a program that was stopped with Ctrl+C."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command.

    Args:
        argv: the words after `gradstudio`; those of the process where None.

    Returns:
        0 if it was done, 2 for bad input, 1 for a failure, 130 after Ctrl+C.
    """
    from gradstudio.cli.app import run
    from gradstudio.cli.failures import told

    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0].endswith((".grad", ".grad.json")):
        words.insert(0, "open")
    code = told(lambda: run(words))
    if code == INTERRUPTED:
        sys.stderr.write("Stopped.\n")
    return code
