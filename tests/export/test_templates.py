from __future__ import annotations

from gradstudio.export.templates import decided, filled, needed

MSE = "{da} = {a} - {b}\n{da} = {da} * {dz}\n{db} = -{da}"


def test_a_line_naming_a_missing_weight_is_left_out() -> None:
    """A layer without bias has no line about its bias."""
    assert filled("{z} = {x} @ {W}\n{z} = {z} + {b}", {"z": "h", "x": "x", "W": "W"}) == ["h = x @ W"]


def test_what_nobody_reads_is_left_out() -> None:
    """Lines stay as far as a wanted gradient depends on them."""
    assert needed("{dx} = {dz} @ {W}.T\n{dW} = {x}.T @ {dz}", {"dW"}) == "{dW} = {x}.T @ {dz}"
    assert needed(MSE, {"db"}) == MSE
    assert needed(MSE, {"da"}) == "{da} = {a} - {b}\n{da} = {da} * {dz}"


def test_choices_by_rank_are_made_beforehand() -> None:
    """Code for one row and for a batch isn't mixed: the number of axes is known."""
    template = "{dW} = np.outer({x}, {dz}) if {x}.ndim == 1 else {x}.T @ {dz}"
    assert decided(template, {"x": 1}) == "{dW} = np.outer({x}, {dz})"
    assert decided(template, {"x": 2}) == "{dW} = {x}.T @ {dz}"
