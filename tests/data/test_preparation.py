"""Preparing: rows are divided, filled, encoded and scaled exactly, and the same way whenever it is done."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradstudio.data.errors import Unsuited
from gradstudio.data.preparation import Fitted, Preparation, suggested
from gradstudio.data.preparing import prepare
from gradstudio.data.splitting import How, split
from gradstudio.data.table import Column, Table, Type, column_of_texts


def number(name: str, values) -> Column:
    """A column of numbers."""
    return Column(name, Type.NUMBER, np.asarray(values, np.float64))


def mixed(n: int = 40, seed: int = 0) -> Table:
    """Numbers with gaps, a category and a class."""
    random = np.random.default_rng(seed)
    a = random.standard_normal(n) * 5 + 3
    gaps = a.copy()
    gaps[::7] = np.nan
    kinds = column_of_texts("kind", [("red", "green", "blue")[i % 3] for i in range(n)], Type.CATEGORY)
    classes = column_of_texts("class", [("no", "yes")[i % 4 == 0] for i in range(n)], Type.CATEGORY)
    return Table((number("a", a), number("gaps", gaps), kinds, classes), "mixed.csv")


HOW = Preparation(("a", "gaps", "kind"), "class", "classification", missing="mean")
shares = st.floats(0, 0.49)


@settings(deadline=None)
@given(
    st.integers(1, 200), st.sampled_from(["random", "stratified", "order"]), shares, shares, st.integers(0, 2**32 - 1)
)
def test_a_split_is_a_partition(n: int, how: How, validation: float, test: float, seed: int) -> None:
    """Every row lies in exactly one part, and some train, whatever was asked for."""
    parts = split(n, how, validation, test, seed, np.arange(n) % 3)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    assert len(parts.training) >= 1
    again = split(n, how, validation, test, seed, np.arange(n) % 3)
    assert all((a == b).all() for a, b in zip(parts, again, strict=True))


def test_the_ways_to_split() -> None:
    """By order the last rows test; stratified each class has its share; another seed divides at random otherwise."""
    classes = np.repeat([0, 1], [80, 20])
    order = split(100, "order", 0.1, 0.2, 0, classes)
    assert (order.training[-1], order.validation[0], order.test[0]) == (69, 70, 80)
    fair = split(100, "stratified", 0.1, 0.2, 0, classes)
    assert [np.bincount(classes[part]).tolist() for part in fair] == [[56, 14], [8, 2], [16, 4]]
    one, other = (split(100, "random", 0.1, 0.2, seed, classes).test for seed in (0, 1))
    assert one.tolist() != other.tolist()


def test_scaling_is_fitted_on_the_training_part_only() -> None:
    """Whatever stands in the rows that test, shift, scale and fill stay those of the rows that train."""
    table = mixed()
    plain = prepare(table, HOW)
    spoilt = [replaced(column, plain.test.rows, 1e6) for column in table.columns[:2]]
    other = prepare(Table((*spoilt, *table.columns[2:]), "mixed.csv"), HOW)
    assert other.fitted == plain.fitted
    assert (other.training.X == plain.training.X).all()
    assert np.abs(other.test.X[:, :2]).min() > 1000
    assert plain.training.X[:, 0].mean() == pytest.approx(0, abs=1e-12)
    assert plain.training.X[:, 0].std() == pytest.approx(1)


def replaced(column: Column, rows, value: float) -> Column:
    """A column with one number in these rows."""
    values = column.values.copy()
    values[rows] = value
    return number(column.name, values)


@pytest.mark.parametrize(("missing", "expected"), [("mean", 2.0), ("median", 1.0), ("constant", -1.0)])
def test_missing_values_are_filled_as_chosen(missing, expected) -> None:
    """A missing number becomes the mean, the median or the constant, of the training part, before scaling."""
    table = Table((number("a", [1, 1, 4, np.nan]), number("y", [1, 2, 3, 4])))
    how = Preparation(
        ("a",), "y", "regression", missing=missing, fill=-1, scaling="none", split="order", validation=0, test=0.25
    )
    assert prepare(table, how).test.X.tolist() == [[expected]]


def test_missing_values_are_never_dropped_silently() -> None:
    """Refused by default with their place; dropped with a warning; a missing category becomes one of its own."""
    table = Table(
        (number("a", [1, np.nan, 3]), column_of_texts("c", ["x", None, "y"], Type.CATEGORY), number("y", [1, 2, 3]))
    )
    how = Preparation(("a", "c"), "y", "regression", validation=0, test=0, scaling="none")
    with pytest.raises(Unsuited, match="row 2, column “a”"):
        prepare(table, how)
    dropped = prepare(table, msgspec.structs.replace(how, missing="drop"))
    assert (len(dropped.training.X), dropped.warnings[0]) == (2, "1 row with missing values left out.")
    filled = prepare(table, msgspec.structs.replace(how, missing="mean"))
    assert filled.fitted.names == ("a", "c = x", "c = y", "c = (missing)")
    assert filled.training.X[1].tolist() == [2, 0, 0, 1]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["one-hot", "index"]), st.sampled_from(["standardise", "min-max", "none"]), st.integers(0, 1000))
def test_encoding_and_scaling_can_be_undone(categories, scaling, seed) -> None:
    """From the features follow the cells they were made of: numbers and names of categories."""
    table = mixed(seed=seed)
    how = msgspec.structs.replace(HOW, features=("a", "kind"), categories=categories, scaling=scaling)
    made = prepare(table, how)
    back = made.fitted.inverse(made.training.X)
    rows = made.training.rows
    assert np.allclose(back["a"], table.column("a").values[rows])
    assert back["kind"].tolist() == [table.column("kind").text(i) for i in rows]


def test_new_rows_are_prepared_like_the_old_ones() -> None:
    """What was fitted can be written down, read again, and gives a row the features it had."""
    table = mixed()
    made = prepare(table, HOW)
    fitted = msgspec.json.decode(msgspec.json.encode(made.fitted), type=Fitted)
    assert (fitted.apply(table.take(made.test.rows)) == made.test.X).all()
    assert (fitted.labels(table.take(made.test.rows)) == made.test.y).all()
    unknown = Table((*table.columns[:2], column_of_texts("kind", ["pink"] * 40, Type.CATEGORY)), "new.csv")
    with pytest.raises(
        Unsuited, match=r"new\.csv: row 1, column “kind”: expected one of blue, green, red, found “pink”"
    ):
        fitted.apply(unknown)


def test_numbers_can_be_classes() -> None:
    """Classes that are numbers are labelled in the order of the numbers, not of their digits."""
    table = Table((number("a", range(6)), number("y", [10, 2, 10, 2, 30, 30])))
    made = prepare(table, Preparation(("a",), "y", "classification", validation=0, test=0))
    assert made.fitted.classes == ("2", "10", "30")
    assert made.training.y.tolist() == [1, 0, 1, 0, 2, 2]
    assert made.balance() == {"2": (2, 0, 0), "10": (2, 0, 0), "30": (2, 0, 0)}


def test_a_regression_target_is_a_column() -> None:
    """Numbers to tell come as N×1, so that they fit the output of one unit and aren't broadcast against it."""
    table = Table((number("a", range(4)), number("y", range(4))))
    assert prepare(table, Preparation(("a",), "y", "regression", validation=0, test=0)).training.y.shape == (4, 1)


@pytest.mark.parametrize(("layout", "shape"), [("as it is", (4, 3)), ("flat", (12,)), ("channels", (1, 4, 3))])
def test_pictures_are_scaled_as_a_whole_and_arranged(layout, shape) -> None:
    """Pictures get one shift and scale for all pixels, and the axes that were asked for."""
    pixels = np.random.default_rng(0).integers(0, 256, (10, 4, 3), dtype=np.uint8)
    table = Table((Column("image", Type.ARRAY, pixels), number("label", np.arange(10) % 2)))
    how = Preparation(("image",), "label", "classification", scaling="min-max", layout=layout, split="order")
    made = prepare(table, how)
    assert made.training.X.shape[1:] == shape
    low, high = pixels[made.training.rows].min(), pixels[made.training.rows].max()
    expected = (pixels[made.test.rows] - float(low)) / float(high - low)
    assert np.allclose(made.test.X.ravel(), expected.ravel(), atol=1e-6)
    whole = prepare(table, msgspec.structs.replace(how, scaling="standardise")).training.X
    assert math.isclose(whole.mean(), 0, abs_tol=1e-6)
    assert math.isclose(whole.std(), 1, abs_tol=1e-6)


def test_classes_out_of_balance_are_told() -> None:
    """A class that doesn't train, or is ten times rarer than another, is warned of."""
    table = Table((number("a", range(60)), number("y", [0] * 55 + [1] * 5)))
    ordered = Preparation(("a",), "y", "classification", split="order")
    assert any("“1” trains: choose a stratified" in warning for warning in prepare(table, ordered).warnings)
    fair = msgspec.structs.replace(ordered, split="stratified")
    assert any("class weights" in warning for warning in prepare(table, fair).warnings)


def test_a_suggestion_can_be_carried_out() -> None:
    """What is suggested for a table is a preparation that works for it."""
    how = suggested(mixed())
    assert (how.target, how.task, how.missing, how.split) == ("class", "classification", "mean", "stratified")
    assert prepare(mixed(), how).training.X.shape[1] == 5
    other = suggested(mixed(), "a")
    assert (other.target, other.task, other.features) == ("a", "regression", ("gaps", "kind", "class"))
    with pytest.raises(Unsuited, match="the columns a, gaps, kind, class"):
        suggested(mixed(), "b")


def test_senseless_wishes_are_refused() -> None:
    """A target among the features, no features, and shares that leave nothing to train are refused."""
    for changed in ({"target": "a"}, {"features": ()}, {"validation": 0.6, "test": 0.5}, {"task": "regression"}):
        with pytest.raises(Unsuited):
            prepare(mixed(), msgspec.structs.replace(HOW, **changed))


@pytest.mark.parametrize("scaling", ["standardise", "min-max"])
@pytest.mark.parametrize("missing", ["drop", "mean"])
def test_long_columns_looked_at_in_parts_are_prepared_the_same(
    monkeypatch: pytest.MonkeyPatch, scaling, missing
) -> None:
    """A part at a time, a long column has the classes, gaps, constants and scale it has as a whole."""
    random = np.random.default_rng(0)
    a, b = random.normal(1e8, 1, 50), random.normal(size=50)
    b[::7] = np.nan
    columns = [Column(name, Type.NUMBER, values) for name, values in (("a", a), ("b", b), ("c", np.ones(50)))]
    table = Table((*columns, Column("d", Type.NUMBER, np.arange(50.0) % 3)))
    how = Preparation(("a", "b", "c"), "d", "classification", missing=missing, scaling=scaling)
    whole = prepare(table, how)
    for module in ("fitting", "preparing"):
        monkeypatch.setattr(f"gradstudio.data.{module}.TOGETHER", 8)
    parts = prepare(table, how)
    assert parts.warnings == whole.warnings
    assert any("“c” says 1" in warning for warning in whole.warnings)
    assert parts.fitted.classes == whole.fitted.classes
    assert np.array_equal(parts.training.y, whole.training.y)
    assert np.allclose(parts.training.X, whole.training.X, rtol=0, atol=1e-7)
