"""The command line: every command works without a window. `main` is the entry of `gradstudio`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command.

    Args:
        argv: the words after `gradstudio`; those of the process where None.

    Returns:
        0 if it was done, 2 for bad input, 1 for a failure, 130 after Ctrl+C.
    """
    from gradstudio.cli.failures import told

    _prepare_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0].endswith((".grad", ".grad.json")):
        words.insert(0, "open")
    return told(lambda: _run(words))


def _run(words: list[str]) -> int:
    from gradstudio.cli.app import run

    return run(words)


def _prepare_streams() -> None:
    """Nowhere instead of a stream that was closed, and a ? for a sign the stream has no bytes for."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (for the whole process)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
