"""`gradstudio new LAYERS OUT.grad --data FILE`: a network for one's own data, from its file and one line of text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from gradstudio import files
from gradstudio.cli import networks
from gradstudio.cli.failures import InputError
from gradstudio.cli.freezing import freeze
from gradstudio.cli.output import say
from gradstudio.cli.owndata import record_for
from gradstudio.data.beside import answer
from gradstudio.data.errors import count
from gradstudio.data.learner import BATCH, Task, built
from gradstudio.data.record import DataRecord, text_of
from gradstudio.data.shelf import SHELF
from gradstudio.document import commands
from gradstudio.document.building import Fresh
from gradstudio.document.compile import compile_document
from gradstudio.document.model import Document
from gradstudio.document.shorthand import NotShorthand
from gradstudio.engine.supply import Wanted

if TYPE_CHECKING:
    from pathlib import Path

    from gradstudio.cli.options import LearningOptions, PreparingOptions, ReadingOptions
    from gradstudio.data.preparation import Prepared


def new_for_data(
    layers: str, data: str, reading: ReadingOptions, preparing: PreparingOptions, learning: LearningOptions, out: Path
) -> int:
    """Write a network that learns a file: its data node, the layers, and the loss that fits its target.

    Raises:
        InputError: for layers that can't be read or don't fit.
        DataProblem: if the file can't be read or prepared.
    """
    networks.refuse_bad_target(out)
    document, record, ready = network_for(layers, record_for(data, reading, preparing))
    learn(document, learning)
    files.write(document, out)
    say(f"{out}: {len(document.nodes)} nodes for {_told(record, ready)}.")
    remark(record, ready, preparing)
    return 0


def remark(record: DataRecord, ready: Prepared, preparing: PreparingOptions) -> None:
    """Say on standard error what a person should know of prepared data: rows left out, gaps filled, constants."""
    told = list(ready.warnings)
    how = record.preparation
    if preparing.missing is None and preparing.fill is None and how.missing not in ("refuse", "drop"):
        table = SHELF.table(record)
        gaps = sum(int(table.column(name).absent().sum()) for name in how.features)
        are = "is" if gaps == 1 else "are"
        filling = f"filled with the {how.missing} of the training rows"
        told += [f"{count(gaps, 'missing cell')} {are} {filling}: --missing chooses otherwise."] if gaps else []
    for sentence in told:
        sys.stderr.write(f"gradstudio: {sentence}\n")


def _told(record: DataRecord, ready: Prepared) -> str:
    classes, rows = len(ready.fitted.classes), len(ready.training.rows)
    what = f"{classes} classes" if classes else "numbers"
    return f"{rows:,} training rows of {record.name}, {what} to tell"


def learn(document: Document, learning: LearningOptions) -> None:
    """Put what was said of the training into a network's settings, the length of a run among it.

    Raises:
        SettingsError: for a value a setting can't take.
    """
    document.apply(commands.change_settings(document, **learning.settings()))
    freeze(document, learning.freeze or (), learning.unfreeze or ())
    samples = compile_document(document).samples if learning.epochs is not None else None
    steps = learning.steps_for(samples, document.settings.batch_size)
    if steps is not None:
        document.apply(commands.change_settings(document, steps=steps))


def network_for(layers: str, record: DataRecord) -> tuple[Document, DataRecord, Prepared]:
    """A network that learns a file, the file's record, and what is prepared of it.

    Args:
        layers: between data and loss, in one line; may be empty.
        record: of the file; pictures get an axis for their channels where the layers need one.

    Raises:
        InputError: for layers that can't be read or don't fit.
        DataProblem: if the file can't be prepared.
    """
    if layers.strip().startswith("conv") and record.preparation.layout == "flat":
        how = msgspec.structs.replace(record.preparation, layout="channels")
        record = msgspec.structs.replace(record, preparation=how)
    answer()
    ready = SHELF.prepared(Wanted(text_of(record), "training", None, None))
    task = Task.of(ready)
    document = Document()
    try:
        fresh = Fresh(task.gate, 0.0, 0.0, params={"record": text_of(record)})
        document.apply(built(document, fresh, layers, task, BATCH)[0])
    except NotShorthand as refusal:
        raise InputError(str(refusal)) from None
    return document, record, ready
