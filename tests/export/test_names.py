from __future__ import annotations

import keyword

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradstudio.export.names import Names, identifier


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("q", "q"), ("w0x0", "w0x0"), ("hidden.W", "hidden_W"), ("σ", "σ"), ("1/x", "n1_over_x"), ("+w2", "plus_w2"),
        ("×-1", "times_minus_1"), ("q²", "q_squared"), ("relu(b+a)", "relu_b_plus_a"), ("", "n"),
    ],
)  # fmt: skip
def test_names_stay_near_to_the_canvas(text: str, name: str) -> None:
    """A node's name stays as it is where Python allows, and signs are spelled out."""
    assert identifier(text) == name


@given(st.lists(st.text(max_size=8), max_size=20))
@example(["𐡹", "²", "١"])
def test_names_and_their_gradients_never_clash(wishes: list[str]) -> None:
    """However nodes are called, all names are Python's and different, those of gradients included."""
    names = Names(("np",))
    given_out = [names.give(wish) for wish in wishes]
    both = [*given_out, *(f"d{name}" for name in given_out)]
    assert len(set(both)) == len(both)
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in both)
    assert not {"np", "sum", "print"} & set(both)
