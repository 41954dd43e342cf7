"""A network as a stand-alone NumPy script with its forward and its backward pass written out.

It is made from the templates the gates declare (`Gate.numpy_forward`, `Gate.numpy_backward`) and meant to be read: a
few lines for each gate, and a sum where a value branches.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gradstudio.document.compile import compile_document
from gradstudio.document.model import Document, Patch
from gradstudio.engine.errors import GraphError
from gradstudio.engine.graph import Leaf, Slot
from gradstudio.engine.plan import Plan
from gradstudio.export.numpy_lines import Lines
from gradstudio.export.numpy_text import Parts, assemble
from gradstudio.files import NotWritable, atomic

if TYPE_CHECKING:
    from pathlib import Path

    from gradstudio.document.compile import Compiled
    from gradstudio.engine.gate import Array

INLINE = 24
"""Arrays of at most so many entries are written into the script; others go to an .npz file beside it."""


@dataclass(frozen=True, slots=True)
class Script:
    """A network as code.

    Attributes:
        text: the script.
        arrays: what it reads from the .npz file; empty if it needs none.
    """

    text: str
    arrays: dict[str, Array]


def write_script(document: Document, out: Path, title: str) -> list[Path]:
    """Write the script, and beside it the .npz file if it needs one; returns the files written.

    Raises:
        GraphError: if there is nothing to differentiate, or a gate has no code.
        NotWritable: if a file can't be written.
    """
    beside = out.with_suffix(".npz")
    script = numpy_script(document, title, beside.name)
    written = [out]
    if script.arrays:
        packed = io.BytesIO()
        np.savez(packed, **script.arrays)  # type: ignore[arg-type]
        write_bytes(packed.getvalue(), beside)
        written.append(beside)
    write_bytes(script.text.encode(), out)
    return written


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file, naming it where it can't be written.

    Raises:
        NotWritable: if it can't be.
    """
    try:
        atomic.write(data, path)
    except NotWritable as problem:
        problem.path = path
        raise


@np.errstate(all="ignore")
def numpy_script(document: Document, title: str, arrays_file: str) -> Script:
    """The network as code. A batch size is left aside: every step sees the whole set.

    To see ranks and shapes the network is computed once; where that overflows is no matter here.

    Raises:
        GraphError: if there is nothing to differentiate, or a gate has no code.
    """
    whole = document.copy()
    whole.apply(Patch("Whole set", settings=replace(document.settings, batch_size=None)))
    compiled = compile_document(whole)
    if not compiled.loss:
        reason = compiled.problems[0].message if compiled.problems else "The network has no complete output."
        raise GraphError(f"There is nothing to export. {reason}")
    lines = Lines(compiled.graph)
    arrays: dict[str, Array] = {}
    parts = _parts(whole, compiled, lines, arrays)
    step = document.training.step
    return Script(assemble(parts, whole.settings, step, title, arrays_file if arrays else None), arrays)


def _parts(document: Document, compiled: Compiled, lines: Lines, arrays: dict[str, Array]) -> Parts:
    graph, plan = compiled.graph, Plan(compiled.graph, document.settings.dtype)
    parts = Parts()

    def literal(slot: Slot) -> str:
        """An array written out where it is small, read from the file beside the script otherwise."""
        array, name = plan.value(slot), lines.name[slot]
        if array.size > INLINE or not np.isfinite(array).all():
            arrays[name] = array.copy()
            return f'arrays["{name}"]'
        kind = "" if array.dtype in (np.float64, np.int64) else f", np.{array.dtype}"
        return f"np.array({array.tolist()}{kind})"

    for i, node in enumerate(graph.nodes):
        if isinstance(node.gate, Leaf):
            parts.parameters[lines.name[Slot(i)]] = literal(Slot(i))
        elif not node.inputs:
            record = document.named(node.name)
            made = [] if record is None else lines.source(i, record.make(), document.settings.dtype)
            parts.data += made or [f"{lines.name[Slot(i, k)]} = {literal(Slot(i, k))}" for k in range(len(node.shapes))]
        else:
            parts.forward += lines.forward(i)
            parts.advance += lines.advance(i)
    for i in sorted(lines.live, reverse=True):
        parts.backward += lines.backward(i)
    scalar = all(graph.shape(slot) == () for slot in compiled.loss)
    ends = [lines.name[slot] if scalar else f"np.sum({lines.name[slot]})" for slot in compiled.loss]
    parts.objective = " + ".join(ends)
    parts.gradients = [lines.name[slot] for slot in lines.leaves()]
    owners = {slot: document.nodes[int(key.partition(".")[0])] for key, slot in compiled.parameters.items()}
    parts.frozen = [lines.name[slot] for slot, owner in owners.items() if owner.frozen]
    parts.state = [
        lines.name[Slot(i)] for i, n in enumerate(graph.nodes) if isinstance(n.gate, Leaf) and not n.gate.learned
    ]
    parts.unbroadcasts, parts.modal, parts.functions = lines.unbroadcasts, lines.modal, lines.functions
    return parts
