"""Data of a file: features and what is to be told of them, prepared as the node says."""

from __future__ import annotations

import json
import re
from types import MappingProxyType
from typing import Any

import numpy as np

from gradstudio.engine.catalog import register
from gradstudio.engine.errors import ParamError, ShapeError
from gradstudio.engine.gate import Array, Kind, Param, Port, Shape
from gradstudio.engine.supply import SUPPLY, Parts, Wanted
from gradstudio.gates.sources import Source

KEYS = ("kind", "name", "digest", "reading", "preparation")
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
"""What a node holds before a file is chosen: the four points of XOR."""
XOR = np.array([0, 1, 1, 0])


class FromFile(Source):
    """Rows of a file."""

    rule = "Data has no gradient that training could use."
    params = MappingProxyType(
        {
            "part": Param("choice", "training", "Which rows it gives.", choices=("training", "validation", "test")),
            "record": Param("text", "", "Where the data came from and how it is prepared, as JSON.", advanced=True),
            "table": Param(
                "array", None, "The table itself, where it is kept in the network file.", optional=True, advanced=True
            ),
            "absent": Param("array", None, "Which of its cells are missing: 1.", optional=True, advanced=True),
        }
    )

    part: str
    record: str
    table: Array | None
    absent: Array | None

    def __init__(self, **params: object) -> None:
        super().__init__(**params)
        self.told = read_record(self.record) if self.record else {}
        held, gaps = self.table, self.absent
        if held is not None and (held.ndim != 2 or (gaps is not None and gaps.shape != held.shape)):
            raise ParamError("table needs rows of numbers, and absent the same sizes.")

    def arrays(self) -> Parts:
        """One for each output."""
        if not self.record:
            return CORNERS, self.untold()
        X, told = SUPPLY.get(Wanted(self.record, self.part, self.table, self.absent))
        classes, wanted = told.ndim == 1, self.outputs[1].kind is Kind.LABELS
        if classes != wanted:
            other = "Dataset" if classes else "Dataset (numbers)"
            raise ShapeError(f"{self.title} can't tell this target: put {other} in its place.")
        return X, told

    def untold(self) -> Array:
        """What is to be told where no file is chosen."""
        return XOR

    def shape(self) -> tuple[Shape, ...]:
        """As many rows as there are in the part."""
        return tuple(tuple(array.shape) for array in self.arrays())

    def forward(self) -> Parts:
        """The rows."""
        return self.arrays()

    def caption(self) -> str:
        """The name of the file."""
        return str(self.told.get("name", "")) or "no file yet"


@register
class Data(FromFile):
    """Rows of a file, and the class of each."""

    id = "data"
    title = "Dataset"
    formula = r"X,\; y"
    help = "Rows of your own file and the class of each, prepared for training; the points of XOR until one is chosen."
    keywords = ("file", "csv", "table", "own", "dataset", "images", "import", "classification", "iris", "digits")
    names = ("data",)
    outputs = (
        Port("X", "The features, one row each.", gradient=False),
        Port("labels", "The class of each row.", kind=Kind.LABELS, gradient=False),
    )


@register
class DataNumbers(FromFile):
    """Rows of a file, and the number to tell of each."""

    id = "data_numbers"
    title = "Dataset (numbers)"
    formula = r"X,\; y"
    help = "Rows of your own file and the number to tell of each, prepared for training; XOR until one is chosen."
    keywords = ("file", "csv", "table", "own", "dataset", "import", "regression", "diabetes")
    names = ("data",)
    common = False
    outputs = (
        Port("X", "The features, one row each.", gradient=False),
        Port("y", "The number to tell, one row each.", gradient=False),
    )

    def untold(self) -> Array:
        """As numbers in a column."""
        return XOR[:, None].astype(np.float64)


def read_record(text: str) -> dict[str, Any]:
    """What a record says: its kind, the file's name and digest, and how it is read and prepared.

    Raises:
        ParamError: if it isn't one.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise ParamError(f"record needs JSON, found “{text[:40]}”.") from None
    if not isinstance(told, dict) or not set(KEYS) <= told.keys() <= {*KEYS, "columns"}:
        raise ParamError(f"record needs the fields {', '.join(KEYS)}, found “{text[:40]}”.")
    name, digest = told["name"], told["digest"]
    if not isinstance(name, str) or not name or re.search(r"[/\\\0]", name):
        raise ParamError(f"record needs the name of a file without the way to it, found “{str(name)[:40]}”.")
    if not isinstance(digest, str) or not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise ParamError(f"record needs a digest sha256:… of 64 digits, found “{str(digest)[:40]}”.")
    return told
