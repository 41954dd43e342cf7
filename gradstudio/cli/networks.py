"""Networks on their way in, through the engine and out again."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gradstudio.gates  # noqa: F401 - fills the catalogue; files can't be read without it
from gradstudio import files
from gradstudio.cli.examples import shipped
from gradstudio.cli.failures import InputError
from gradstudio.data.beside import bring
from gradstudio.training.observe import observe, row_name
from gradstudio.training.snapshot import Snapshot, Watch
from gradstudio.training.trainer import Trainer

if TYPE_CHECKING:
    from gradstudio.document.compile import Compiled
    from gradstudio.document.model import Document
    from gradstudio.engine.gate import Array
    from gradstudio.engine.graph import Slot

NETWORK_ENDINGS = (".grad", ".grad.json")


def read(path: Path, *folders: Path) -> Document:
    """The network of a file or example, with the data that lies beside it; a node whose file isn't there says so.

    Args:
        path: the file, or the name of an example.
        folders: more of them to look for the data in.

    Raises:
        InputError: if there is no such file or example.
        FileProblem: if it isn't a network.
    """
    document = without_data(path)
    bring(document, path, *folders)
    return document


def without_data(path: Path) -> Document:
    """The network of a file or example alone: for what asks nothing of its data.

    Raises:
        InputError: if there is no such file or example.
        FileProblem: if it isn't a network.
    """
    example = _example(path)
    if example is None and not os.path.lexists(path):
        raise InputError(f"There is no file {path}. Examples: gradstudio examples.")
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the .grad file in it.")
    return files.read(example or path)


def is_line(word: str) -> bool:
    """Whether a word is no file, there or not, and no example: then it may be a network in one line."""
    path = Path(word)
    return not word or not (word.endswith(NETWORK_ENDINGS) or os.path.lexists(path) or _example(path))


def _example(path: Path) -> Path | None:
    """The shipped file of an example that is meant by its name."""
    if os.path.lexists(path):
        return None
    return next((one.path for one in shipped() if one.name == str(path)), None)


def refuse_bad_target(path: Path, endings: tuple[str, ...] = NETWORK_ENDINGS) -> None:
    """Say before any work is done that the result couldn't be written.

    Raises:
        InputError: if the folder doesn't exist or the ending is another.
    """
    if not path.name.endswith(endings):
        raise InputError(f"{path} must end in {' or '.join(endings)}.")
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the name of a file.")
    if not path.absolute().parent.is_dir():
        raise InputError(f"There is no folder {path.absolute().parent} to write {path.name} into.")


@dataclass(frozen=True, slots=True)
class Row:
    """One output or weight of a node with its value and gradient.

    Attributes:
        name: "f" for a node's only output, "dense1.W" for one of several outputs or a weight.
        gate: id in the catalogue.
        value: the array.
        gradient: of the objective with respect to it; None where none is defined or none flows.
    """

    name: str
    gate: str
    value: Array
    gradient: Array | None


def evaluated(document: Document) -> Trainer:
    """A trainer whose plan holds values and gradients of the network as it is.

    Raises:
        InputError: if nothing of it can be computed.
    """
    trainer = Trainer(document)
    if not trainer.compiled.graph.nodes:
        problems = trainer.compiled.problems
        raise InputError(problems[0].message if problems else "The network is empty.")
    trainer.evaluate()
    return trainer


def rows(trainer: Trainer) -> list[Row]:
    """Every computed output and weight, inputs before what they feed."""
    places: list[tuple[tuple[int, str], Slot]] = list(trainer.compiled.slots.items())
    places.sort(key=lambda place: (place[1].node, place[1].output))
    document, plan = trainer.document, trainer.plan
    return [
        Row(row_name(document, node, port), document.nodes[node].gate, plan.value(slot), plan.gradient(slot))
        for (node, port), slot in places
    ]


def snapshot(trainer: Trainer) -> Snapshot:
    """What pictures show of an evaluated network."""
    document = trainer.document
    seen = observe(trainer.plan, trainer.compiled, document, Watch())
    return Snapshot(
        revision=document.graph_revision,
        step=trainer.step,
        loss=trainer.loss,
        accuracy=trainer.accuracy,
        values=seen.values,
        gradients=seen.gradients,
        contributions=seen.contributions,
        problems=trainer.compiled.problems,
        objective=trainer.compiled.objective_name,
    )


def complain(document: Document, compiled: Compiled) -> None:
    """Say on standard error what keeps nodes from being computed, each by its name."""
    for problem in compiled.problems:
        name = document.nodes[problem.node].name if problem.node in document.nodes else ""
        who = "" if name in problem.message else f"“{name}”: "
        sys.stderr.write(f"gradstudio: not computed: {who}{problem.message}\n")
