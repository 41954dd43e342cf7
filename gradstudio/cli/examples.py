"""`gradstudio examples`, `new` and `export`, and what `--version` prints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from gradstudio import __version__
from gradstudio.cli.failures import InputError
from gradstudio.cli.output import console, print_json, say
from gradstudio.resources import resource

if TYPE_CHECKING:
    from pathlib import Path

    from gradstudio.cli.options import LearningOptions

JSON_CONTRACT = 1
"""Version of what `--json` prints, as documented in docs/command-line.md."""


@dataclass(frozen=True, slots=True)
class Example:
    """A shipped network.

    Attributes:
        name: what `gradstudio new` calls it.
        title: a few words.
        description: a sentence.
        path: where the file is.
        template: whether it is something to start from.
        data: name of the set of data it needs beside it; empty for none.
    """

    name: str
    title: str
    description: str
    path: Path
    template: bool = False
    data: str = ""


def version() -> str:
    """What `gradstudio --version` prints."""
    return f"gradstudio {__version__} (JSON contract {JSON_CONTRACT})"


def shipped() -> list[Example]:
    """All example networks in the order of the index."""
    index = json.loads(resource("examples", "index.json").read_text(encoding="utf-8"))
    return [
        Example(
            entry["name"],
            entry["title"],
            entry["description"],
            resource("examples", f"{entry['name']}.grad"),
            entry["template"],
            entry.get("data", ""),
        )
        for entry in index
    ]


def find(name: str) -> Example:
    """The example of this name.

    Raises:
        InputError: if there is none, with the nearest name.
    """
    known = {example.name: example for example in shipped()}
    wanted = name.removesuffix(".grad")
    if wanted in known:
        return known[wanted]
    near = get_close_matches(wanted, known, 1)
    hint = f"Did you mean {near[0]}?" if near else "See gradstudio examples."
    raise InputError(f"There is no example “{name}”. {hint}")


def list_examples(*, as_json: bool) -> int:
    """Print names and titles."""
    if as_json:
        print_json([{"name": e.name, "title": e.title, "path": str(e.path)} for e in shipped()])
        return 0
    from rich.table import Table

    table = Table("name", "title", "what it shows")
    for example in shipped():
        table.add_row(f"[bold]{example.name}[/]", example.title, example.description)
    console().print(table)
    say("Start from one: gradstudio new NAME OUT.grad")
    return 0


def new_network(name: str, out: Path, learning: LearningOptions) -> int:
    """Write an example under another name, or a network given in one line; with other settings where some are said."""
    from gradstudio import files
    from gradstudio.cli import networks
    from gradstudio.cli.newnet import learn
    from gradstudio.document.shorthand import looks_like

    if looks_like(name) and name not in {example.name for example in shipped()}:
        return _new_from_line(name, out, learning)
    example = find(name)
    networks.refuse_bad_target(out)
    document = networks.read(example.path)
    learn(document, learning)
    files.write(document, out)
    say(f"{out}: {example.title}.")
    return 0


def _new_from_line(line: str, out: Path, learning: LearningOptions) -> int:
    from gradstudio import files
    from gradstudio.cli import networks
    from gradstudio.cli.newnet import learn
    from gradstudio.document.model import Document
    from gradstudio.document.shorthand import NotShorthand, network

    document = Document()
    try:
        patch, nodes = network(document, line)
    except NotShorthand as refusal:
        raise InputError(str(refusal)) from None
    networks.refuse_bad_target(out)
    document.apply(patch)
    learn(document, learning)
    files.write(document, out)
    say(f"{out}: {len(nodes)} nodes.")
    return 0


def export_numpy(path: Path, out: Path) -> int:
    """Write a network as a NumPy script."""
    from gradstudio.cli import networks
    from gradstudio.document.compile import compile_document
    from gradstudio.export.numpy_code import write_script

    networks.refuse_bad_target(out, (".py",))
    document = networks.read(path)
    written = write_script(document, out, title=path.name)
    networks.complain(document, compile_document(document))
    say(f"Written: {', '.join(str(file) for file in written)}.")
    return 0
