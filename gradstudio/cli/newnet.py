"""`gradstudio new LAYERS OUT.grad --data FILE`: a network for one's own data, from its file and one line of text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gradstudio import files
from gradstudio.cli import networks
from gradstudio.cli.failures import InputError
from gradstudio.cli.output import say
from gradstudio.data.preparation import Prepared, suggested
from gradstudio.data.reading import RECOGNISE
from gradstudio.data.record import DataRecord, text_of
from gradstudio.data.shelf import SHELF, shipped_record
from gradstudio.data.shipped import SHIPPED
from gradstudio.document import commands
from gradstudio.document.building import Fresh, add
from gradstudio.document.model import Document, NodeId
from gradstudio.document.shorthand import SPACING, NotShorthand, network
from gradstudio.engine.supply import Wanted

if TYPE_CHECKING:
    from gradstudio.data.preparation import Preparation
    from gradstudio.data.table import Table

BATCH = 64
RATE, SHARE = 1e-3, 0.03
"""Learning rate of Adam; of a regression the share of the target's deviation: it isn't scaled, so steps must be."""
EPOCHS = 30
"""A run goes so often through the training rows."""


def new_for_data(layers: str, data: str, target: str | None, out: Path) -> int:
    """Write a network that learns a file: its data node, the layers, and the loss that fits its target.

    Raises:
        InputError: for layers that can't be read or don't fit.
        DataProblem: if the file can't be read or prepared.
    """
    networks.refuse_bad_target(out)
    document, record, ready = network_for(layers, data, target, {})
    files.write(document, out)
    classes, rows = len(ready.fitted.classes), len(ready.training.rows)
    told = f"{classes} classes" if classes else "numbers"
    say(f"{out}: {len(document.nodes)} nodes for {rows:,} training rows of {record.name}, {told} to tell.")
    for warning in ready.warnings:
        say(warning)
    return 0


def network_for(
    layers: str, data: str, target: str | None, how: Mapping[str, object]
) -> tuple[Document, DataRecord, Prepared]:
    """A network that learns a file, the file's record, and what is prepared of it.

    Args:
        layers: between data and loss, in one line; may be empty.
        data: a file, or the name of a shipped table.
        target: the column to tell; None for the likeliest.
        how: fields of the `Preparation` that are to be others than is likely.

    Raises:
        InputError: for layers that can't be read or don't fit.
        DataProblem: if the file can't be read or prepared.
    """
    record, ready = _prepared(data, target, how, pictures=layers.strip().startswith("conv"))
    classes = len(ready.fitted.classes)
    node = "data" if classes else "data_numbers"
    end = f"{classes}-softmax_cross_entropy" if classes else "1"
    middle = f"{layers.strip()}-" if layers.strip() else ""
    document = Document()
    try:
        placed, source = commands.add_node(document, node, 0.0, 0.0)
        document.apply(placed)
        document.apply(commands.set_param(document, [source], "record", text_of(record)))
        patch, nodes = network(document, f"{middle}{end}", begin=source)
    except NotShorthand as refusal:
        raise InputError(str(refusal)) from None
    document.apply(patch)
    if not classes:
        _compare(document, source, nodes[-1])
    document.apply(commands.change_settings(document, **_settings(ready)))
    return document, record, ready


def _settings(ready: Prepared) -> dict[str, object]:
    """How such a network is best trained to begin with."""
    classes, rows = len(ready.fitted.classes), len(ready.training.rows)
    batch = min(BATCH, rows)
    steps = max(200 if classes else 1_000, EPOCHS * rows // batch)
    rate = RATE if classes else max(float(ready.training.y.std()) * SHARE, RATE)
    return {"optimizer": "adam", "learning_rate": rate, "batch_size": batch, "steps": steps, "schedule": "cosine"}


def _compare(document: Document, source: NodeId, answer: NodeId) -> None:
    """End a regression with the mean squared difference to what is to be told."""
    last = document.nodes[answer]
    placed = add(document, Fresh("mean_squared_error", last.x + SPACING, last.y), [answer])
    document.apply(placed.patch)
    document.apply(commands.connect(document, source, "y", placed.node, "target"))


def _prepared(
    data: str, target: str | None, other: Mapping[str, object], *, pictures: bool
) -> tuple[DataRecord, Prepared]:
    """The record of a file or a shipped table, and what it makes of it."""
    if data in SHIPPED and not Path(data).exists():
        record = shipped_record(data)
        if target is not None:
            raise InputError(f"{data} has its own target; leave --target out.")
    else:
        table, digest = SHELF.load(Path(data))
        how = _chosen(table, target)
        record = DataRecord(table.kind, table.name, digest, RECOGNISE, how)  # type: ignore[arg-type]
    if other:
        record = msgspec.structs.replace(record, preparation=msgspec.structs.replace(record.preparation, **other))
    if pictures and record.preparation.layout == "flat":
        how = msgspec.structs.replace(record.preparation, layout="channels")
        record = msgspec.structs.replace(record, preparation=how)
    return record, SHELF.prepared(Wanted(text_of(record), "training", None, None))


def _chosen(table: Table, target: str | None) -> Preparation:
    how = suggested(table)
    if target is None or target == how.target:
        return how
    column = table.column(target)
    classes = column.type.value == "category"
    features = tuple(name for name in (*how.features, how.target) if name != target)
    task = "classification" if classes else "regression"
    return msgspec.structs.replace(how, features=features, target=target, task=task)
