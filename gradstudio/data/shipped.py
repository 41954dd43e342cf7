"""Real tables that come with GradStudio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import msgspec

from gradstudio.data.errors import NotAtHand
from gradstudio.data.preparation import Preparation, suggested
from gradstudio.data.reading import read
from gradstudio.data.table import Table
from gradstudio.resources import resource


@dataclass(frozen=True, slots=True)
class Shipped:
    """A table that is there without a file being chosen.

    Attributes:
        file: its name under resources/data.
        title: a few words.
        help: a sentence.
    """

    file: str
    title: str
    help: str


SHIPPED: Mapping[str, Shipped] = MappingProxyType(
    {
        "iris": Shipped("iris.csv", "Iris", "Three species of iris told by the sizes of their leaves."),
        "wine": Shipped("wine.csv", "Wine", "Three cultivars told by what is in their wine."),
        "breast-cancer": Shipped(
            "breast-cancer.csv.gz", "Breast cancer", "Malignant or benign, told by the sizes of cell nuclei."
        ),
        "digits": Shipped("digits.npz", "Digits", "Handwritten digits as pictures of 8 × 8 pixels."),
        "diabetes": Shipped("diabetes.csv", "Diabetes", "How far the disease goes in a year: a number to tell."),
    }
)
"""By name, in the order a dialog shows them."""


def read_shipped(name: str) -> Table:
    """The table of this name.

    Raises:
        NotAtHand: if there is none.
    """
    if name not in SHIPPED:
        known = ", ".join(SHIPPED)
        raise NotAtHand(f"one of {known}", f"“{name}”", "Choose one of these.")
    return replace(read(resource("data", SHIPPED[name].file)), name=name, kind="shipped")


def preparation_of(table: Table) -> Preparation:
    """How a shipped table is best prepared to begin with."""
    how = suggested(table)
    return msgspec.structs.replace(how, validation=0.0, test=0.25) if table.name == "digits" else how
