"""`gradstudio picture`, `window` and `open`: the commands that need Qt."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from gradstudio.cli import networks
from gradstudio.cli.failures import InputError, RunError
from gradstudio.cli.output import progress, say
from gradstudio.cli.stopping import gently

if TYPE_CHECKING:
    from pathlib import Path

    from gradstudio.document.model import Document

SIZE = re.compile(r"(\d{1,5})[x×](\d{1,5})")
SMALLEST, LARGEST = 320, 8192
"""Pixels a window may be wide or high."""


def open_window(path: Path | None) -> int:
    """Open the studio; returns when its window is closed."""
    if path is not None:
        networks.read(path)
    refuse_without_screen()
    from gradstudio.app import main

    return main([] if path is None else [str(path)])


def refuse_without_screen() -> None:
    """Say that there is no screen, where Qt would abort the program.

    Raises:
        RunError: with what can be done without one.
    """
    elsewhere = sys.platform in ("win32", "darwin")
    if elsewhere or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        return
    raise RunError(
        "There is no screen to open the studio on (neither DISPLAY nor WAYLAND_DISPLAY is set). "
        "Without one: gradstudio demo, or gradstudio window FILE.grad OUT.png."
    )


def draw_network(path: Path, out: Path, theme: str, scale: float, only: str | None, *, transparent: bool) -> int:
    """Draw the canvas of a network, or a part of it."""
    networks.refuse_bad_target(out, (".png", ".svg"))
    document = networks.read(path)
    part = None if only is None else _named(document, only, path)
    trainer = networks.evaluated(document)
    go_offscreen()
    with gently():
        from gradstudio.app import application
        from gradstudio.ui.canvas.picture import save_picture
        from gradstudio.ui.theme import THEMES

        application()
        shown = networks.snapshot(trainer)
        save_picture(document, shown, out, THEMES[theme], scale, transparent, part)
    say(f"Written: {out}.")
    return 0


def draw_window(path: Path, out: Path, steps: int, select: str | None, size: str, theme: str) -> int:
    """Draw the whole window, with a node selected, after some training steps."""
    networks.refuse_bad_target(out, (".png",))
    width_height = parse_size(size)
    document = networks.read(path)
    if select is not None and document.named(select) is None:
        raise _unknown(document, select, path)
    if steps:
        networks.evaluated(document).refuse_untrainable()
    shoot(document, out, path.name, width_height, theme, select=select or "", steps=steps)
    say(f"Written: {out}.")
    return 0


def shoot(
    document: Document, out: Path, name: str, size: tuple[int, int], theme: str, *, select: str = "", steps: int = 0
) -> None:
    """Draw the window of a network into a file, without a screen.

    Raises:
        RunError: if the training fails or the file can't be written.
    """
    go_offscreen()
    with gently():
        from gradstudio.ui.shot import ShotFailed, render_window

        try:
            with progress("Training", steps) as show:
                render_window(
                    document,
                    out,
                    name=name,
                    train_steps=steps,
                    select=select,
                    size=size,
                    theme=theme,
                    progress=lambda done, _: show(done),
                )
        except ShotFailed as error:
            raise RunError(str(error)) from error


def go_offscreen() -> None:
    """Have Qt draw without a screen, whether there is one or not: the picture is the same everywhere."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "")
    if "UTF8" not in locale.upper().replace("-", ""):
        os.environ["LC_ALL"] = "C.UTF-8"  # Qt would complain of any other encoding


def parse_size(text: str) -> tuple[int, int]:
    """A size such as "1760x1080".

    Raises:
        InputError: if it isn't one, or is too small or too large.
    """
    found = SIZE.fullmatch(text.strip().lower())
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(SMALLEST <= length <= LARGEST for length in size):
        raise InputError(
            f"--size needs WIDTHxHEIGHT from {SMALLEST} to {LARGEST} pixels, as 1760x1080; found “{text}”."
        )
    return size


def _named(document: Document, names: str, path: Path) -> list[int]:
    """The nodes of these names; a name that holds a comma may be given alone."""
    wanted = [names] if document.named(names) is not None else [name.strip() for name in names.split(",")]
    found = []
    for name in wanted:
        node = document.named(name)
        if node is None:
            raise _unknown(document, name, path)
        found.append(node.id)
    return found


def _unknown(document: Document, name: str, path: Path) -> InputError:
    return InputError(f"There is no node “{name}” in {path}. It has {_some_names(document)}.")


def _some_names(document: Document) -> str:
    names = [node.name for node in document.nodes.values()]
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "") if names else "no nodes"
