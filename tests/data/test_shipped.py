"""The tables that come with GradStudio."""

import numpy as np
import pytest

from gradstudio.data.errors import NotAtHand
from gradstudio.data.preparing import prepare
from gradstudio.data.shipped import SHIPPED, preparation_of, read_shipped
from gradstudio.data.table import Type

ROWS = {"iris": 150, "wine": 178, "breast-cancer": 569, "digits": 1797, "diabetes": 442}
FEATURES = {"iris": 4, "wine": 13, "breast-cancer": 30, "digits": 64, "diabetes": 10}
CLASSES = {
    "iris": [50, 50, 50], "wine": [59, 71, 48], "breast-cancer": [357, 212],
    "digits": [178, 182, 177, 183, 181, 182, 181, 179, 174, 180], "diabetes": [],
}  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_tables_are_whole_and_ready(name: str) -> None:
    """Rows, features and classes are those their sources tell of, without a gap, and a first guess prepares them."""
    table = read_shipped(name)
    assert (table.name, table.kind, len(table)) == (name, "shipped", ROWS[name])
    assert not any(column.absent().any() for column in table.columns)
    made = prepare(table, preparation_of(table))
    assert made.training.X.shape[1] == FEATURES[name]
    assert [sum(counts) for counts in made.balance().values()] == CLASSES[name]


def test_known_numbers_of_the_sources() -> None:
    """Means that are printed with the sources come out."""
    iris, diabetes, digits = (read_shipped(name) for name in ("iris", "diabetes", "digits"))
    assert [round(float(column.values.mean()), 2) for column in iris.columns[:4]] == [5.84, 3.06, 3.76, 1.2]
    assert round(float(diabetes.column("progression").values.mean()), 2) == 152.13
    assert digits.columns[0].type is Type.ARRAY
    assert np.ptp(digits.columns[0].values) == 16


def test_an_unknown_table_is_refused_by_name() -> None:
    """A name that isn't there is answered with those that are."""
    with pytest.raises(NotAtHand, match="one of iris, wine"):
        read_shipped("titanic")
