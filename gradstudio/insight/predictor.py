"""The part of a network that answers rows, as code: from the features of a file to its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradstudio.data.nodes import data_node, fitted_of
from gradstudio.data.record import record_of
from gradstudio.engine.errors import GraphError
from gradstudio.engine.graph import Leaf, Slot
from gradstudio.export.numpy_lines import Lines
from gradstudio.export.predictor import Data, Parts, write_predictor
from gradstudio.insight.answering import Answering
from gradstudio.insight.twin import Twin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gradstudio.document.model import Document
    from gradstudio.engine.gate import Array

ROWS = (2, 3)
"""The code is made for so many rows, and has to be the same."""


def export_predictor(document: Document, out: Path, title: str) -> list[Path]:
    """Write a trained network as a NumPy script that reads rows of a file and answers them; returns the files.

    Raises:
        GraphError: if the network learns from no file, has no answer, or isn't code that takes any number of rows.
        ShapeError, DataProblem: if what is to be done to rows can't be found.
        NotWritable: if a file can't be written.
    """
    return write_predictor(*predictor_of(document), out, title)


def predictor_of(document: Document) -> tuple[Parts, Data]:
    """What a network contributes to its predictor, and how rows are prepared; raises as `export_predictor`."""
    node = data_node(document)
    if node is None:
        raise GraphError("The network learns from no file: there is nothing that says how rows are prepared.")
    answering = Answering(document)
    if answering.entrance.node != node.id:
        raise GraphError(f"The network's answer doesn't depend on {node.name}, the data it learns from.")
    parts, again = (_parts(answering, rows) for rows in ROWS)
    if parts.forward != again.forward or not _alike(parts.constants, again.constants):
        raise GraphError("The network computes each batch by its number of rows, so it can't answer rows one by one.")
    return parts, Data(fitted_of(node), record_of(str(node.params["record"])).reading)


def _parts(answering: Answering, rows: int) -> Parts:
    """The forward pass for so many rows."""
    plan, entrance, output = answering.trainer.plan, answering.entrance, answering.output
    twin = Twin(plan, {entrance.slot: np.zeros((rows, *entrance.shape), plan.dtype)}, [output.slot])
    twin.refresh()
    graph, lines = twin.plan.graph, Lines(twin.plan.graph)
    feed = twin.slot(entrance.slot)
    forward: list[str] = []
    arrays: dict[str, Array] = {}
    constants: dict[str, Array] = {}
    for i, node in enumerate(graph.nodes):
        slots = [Slot(i, k) for k in range(len(node.shapes))]
        if node.inputs:
            _, *code = lines.forward(i)
            forward += [f"# {node.name}: {node.gate.title}", *code]
        elif i != feed.node:
            kept = arrays if isinstance(node.gate, Leaf) else constants
            kept.update({lines.name[slot]: twin.plan.value(slot).copy() for slot in slots})
    answer = lines.name[twin.slot(output.slot)]
    settings = answering.trainer.settings
    return Parts(
        lines.name[feed], answer, output.kind.value, tuple(forward), arrays, constants, settings.dtype, lines.modal,
        settings.seed,
    )  # fmt: skip


def _alike(one: Mapping[str, Array], other: Mapping[str, Array]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)
