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


def test_writing_into_an_array_is_kept_with_it() -> None:
    """Lines that write some of an array's entries, or add to them, belong to that array."""
    for line in ("{dx}[..., 1:3] = {dz}", "np.add.at({dx}, {indices}, {dz})"):
        template = f"{{dx}} = np.zeros_like({{x}})\n{line}\n{{dy}} = {{dz}}"
        assert needed(template, {"dx"}) == f"{{dx}} = np.zeros_like({{x}})\n{line}"
        assert needed(template, {"dy"}) == "{dy} = {dz}"


def test_choices_may_follow_each_other() -> None:
    """The first choice that fits is taken, else the last code."""
    template = "{dx} = A if {x}.ndim == 1 else B if {y}.ndim == 2 else C"
    found = [decided(template, {"x": x, "y": y}) for x, y in ((1, 2), (3, 2), (3, 3))]
    assert found == ["{dx} = A", "{dx} = B", "{dx} = C"]


def test_choices_by_rank_are_made_beforehand() -> None:
    """Code for one row and for a batch isn't mixed: the number of axes is known."""
    template = "{dW} = np.outer({x}, {dz}) if {x}.ndim == 1 else {x}.T @ {dz}"
    assert decided(template, {"x": 1}) == "{dW} = np.outer({x}, {dz})"
    assert decided(template, {"x": 2}) == "{dW} = {x}.T @ {dz}"
