"""A trained network as a predictor: one NumPy script that reads rows of a file and writes what the network says."""

from __future__ import annotations

import io
import pprint
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from gradstudio import __version__
from gradstudio.data.table import Type
from gradstudio.export.numpy_code import write_bytes
from gradstudio.export.numpy_text import safe

if TYPE_CHECKING:
    from gradstudio.data.preparation import Fitted
    from gradstudio.data.reading import Reading
    from gradstudio.engine.gate import Array

CARRIED = "# ---- rows of a file"
"""From this line on a predictor carries the text of `rows_template`."""
READ = {
    "probabilities": (
        "grown = np.exp(raw - raw.max(axis=-1, keepdims=True))",
        "return grown / grown.sum(axis=-1, keepdims=True)",
    ),
    "scores": ("return np.eye(raw.shape[-1])[raw.argmax(axis=-1)]",),
    "yes": (
        "yes = 1 / (1 + np.exp(-np.clip(raw.reshape(len(raw)), -500, 500)))",
        "return np.stack([1 - yes, yes], axis=-1)",
    ),
    "number": ("return raw.reshape(len(raw))",),
}
"""How answers are read, by their kind: shares of classes, or numbers."""
MEANS = {
    "probabilities": "Scores as shares of the classes, which add up to 1.",
    "scores": "The class with the highest score; the scores weren't trained as probabilities.",
    "yes": "The shares of no and yes.",
    "number": "A number for each row.",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a network contributes to its predictor.

    Attributes:
        entrance: name of the features in the code.
        answer: name of the raw answers.
        kind: how they are read: a key of `READ`.
        forward: the lines in between.
        arrays: what the network has learned, by name.
        constants: other arrays, by name.
        dtype: numbers it computes with.
        modal: whether some lines ask for the mode.
        seed: what random numbers are drawn from.
    """

    entrance: str
    answer: str
    kind: str
    forward: tuple[str, ...]
    arrays: Mapping[str, Array]
    constants: Mapping[str, Array]
    dtype: str
    modal: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Data:
    """How rows are read and prepared.

    Attributes:
        fitted: what was found on the training part.
        reading: how the file is read.
    """

    fitted: Fitted
    reading: Reading


def write_predictor(parts: Parts, data: Data, out: Path, title: str) -> list[Path]:
    """Write the script and its arrays beside it; returns the files.

    Raises:
        NotWritable: if one can't be written.
    """
    beside = out.with_suffix(".npz")
    packed = io.BytesIO()
    np.savez(packed, **parts.arrays, **parts.constants)  # type: ignore[arg-type]
    write_bytes(packed.getvalue(), beside)
    write_bytes(predictor_text(parts, data, title, out.name, beside.name).encode(), out)
    return [out, beside]


def predictor_text(parts: Parts, data: Data, title: str, name: str, arrays_file: str) -> str:
    """The whole script."""
    counts = any("math." in line for line in parts.forward)
    blocks = [
        _head(title, name, arrays_file, data, "import math\n" if counts else ""),
        _told(parts, data, arrays_file),
        *([f"SEED = {parts.seed}  # what random numbers would be drawn from", ""] if parts.modal else []),
        _carried(),
        "",
        "",
        _network(parts),
        "",
        "",
        _reading(parts),
        "",
        "",
        MAIN,
    ]
    return "\n".join(blocks)


def _head(title: str, name: str, arrays_file: str, data: Data, further: str) -> str:
    arrays = data.fitted.features[0].type is Type.ARRAY
    rows = "rows.npy" if arrays else "rows.csv"
    needs = "an array of the shape below" if arrays else "a header and the columns below, in any order"
    return f'''"""{safe(title)}: a predictor in plain NumPy, written by GradStudio {__version__}.

    python {safe(name)} {rows} answers.csv

reads rows ({needs}), prepares them as those the network was trained
with, and writes what the network says of each: to a file, or to the screen where none is named.
It needs Python 3.11, numpy, and {safe(arrays_file)} beside it. From Python: `predict("{rows}")`.
"""

from __future__ import annotations

import csv
import gzip
import io
{further}import os
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
'''


def _told(parts: Parts, data: Data, arrays_file: str) -> str:
    """Columns, classes and how files are read, as literals."""
    reading = {key: getattr(data.reading, key) for key in ("delimiter", "decimal", "encoding", "missing")}
    names = _literal(_names(parts, data))
    columns = "\n".join(f"    {told_column(feature, data.fitted.layout)!r}," for feature in data.fitted.features)
    return f"""# What is done to each column: numbers are filled, shifted and scaled; categories are looked up
COLUMNS = [
{columns}
]
CLASSES = {names}
READING = {_literal(reading)}

with np.load(Path(__file__).with_name({arrays_file!r})) as held:
    arrays = dict(held)
"""


def _names(parts: Parts, data: Data) -> list[str]:
    """Of the classes; none where a number is told."""
    if parts.kind == "number":
        return []
    return list(data.fitted.classes) or (["0", "1"] if parts.kind == "yes" else [])


def told_column(feature: Any, layout: str) -> dict[str, Any]:
    """What is done to a column, as a script tells it."""
    told: dict[str, Any] = {"name": feature.name, "kind": str(feature.type.value)}
    if feature.type is Type.CATEGORY:
        return told | {"categories": list(feature.categories), "one_hot": feature.one_hot}
    if feature.type is Type.ARRAY:
        pair = {key: _plain(getattr(feature, key)) for key in ("shift", "scale")}
        return told | pair | {"shape": list(feature.shape), "layout": layout}
    return told | {"fill": feature.fill, "shift": feature.shift[0], "scale": feature.scale[0]}


def _plain(numbers: tuple[float, ...]) -> float | list[float]:
    return numbers[0] if len(numbers) == 1 else list(numbers)


def _literal(value: Any) -> str:
    return pprint.pformat(msgspec.to_builtins(value), width=110, sort_dicts=False, compact=True)


def _carried() -> str:
    text = Path(__file__).with_name("rows_template.py").read_text(encoding="utf-8")
    return text[text.index(CARRIED) :].rstrip()


def _network(parts: Parts) -> str:
    taken = [f'{name} = arrays["{name}"]' for name in (*parts.arrays, *parts.constants)]
    mode = ["training, step = False, 0"] if parts.modal else []
    body = "\n".join((*taken, *mode, "", *parts.forward)).rstrip()
    head = f'''# ---- the network


def network({parts.entrance}: Any) -> Any:
    """The raw answers to rows of features: the forward pass."""
'''
    return f"{head}{textwrap.indent(body, '    ')}\n    return {parts.answer}"


def _reading(parts: Parts) -> str:
    lines = "\n".join(f"    {line}" for line in READ[parts.kind])
    return f'''def answers(raw: Any) -> Any:
    """{MEANS[parts.kind]}"""
{lines}


def predict(path: str) -> Any:
    """What the network says of the rows of a file: shares of classes (rows × classes), or numbers (rows)."""
    features = read_features(path, COLUMNS, READING)
    return answers(network(features.astype(np.{parts.dtype})).astype(np.float64))'''


MAIN = '''def write(found: Any, file: Any) -> None:
    """Answers as CSV: the class and the share of each, or the number."""
    writer = csv.writer(file)
    if found.ndim == 1:
        writer.writerow(["prediction"])
        writer.writerows([repr(value)] for value in found.tolist())
        return
    names = CLASSES or [str(i) for i in range(found.shape[-1])]
    writer.writerow(["prediction", *(f"p({name})" for name in names)])
    for row in found.tolist():
        writer.writerow([names[row.index(max(row))], *map(repr, row)])


def main(words: list[str]) -> int:
    """Answer the rows of a file."""
    if not 1 <= len(words) <= 2:
        print(f"usage: {Path(__file__).name} ROWS [ANSWERS.csv]", file=sys.stderr)
        return 2
    try:
        found = predict(words[0])
        if len(words) == 2:
            with Path(words[1]).open("w", newline="", encoding="utf-8") as file:
                write(found, file)
        else:
            write(found, sys.stdout)
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read the answers has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Trouble, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
'''
