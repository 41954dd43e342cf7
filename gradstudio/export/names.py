"""Python names for nodes: as near to the names on the canvas as Python allows, and no two alike."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

WORDS = {
    "+": "plus", "-": "minus", "−": "minus", "×": "times", "*": "times", "·": "times", "/": "over", "÷": "over",
    "^": "to", "²": "squared", "³": "cubed", "‖": "norm", "'": "prime", "′": "prime",
}  # fmt: skip
"""What signs are called in a name."""


class Names:
    """Gives out names of values and of their gradients: "q" and "dq".

    Args:
        reserved: names the code uses for other things.
    """

    def __init__(self, reserved: tuple[str, ...] = ()) -> None:
        self._taken = {*keyword.kwlist, *dir(builtins), *reserved}

    def give(self, wish: str) -> str:
        """A free name like the wish whose gradient's name is free too."""
        base = identifier(wish)
        name, count = base, 1
        while {name, f"d{name}"} & self._taken:
            count += 1
            name = f"{base}_{count}"
        self._taken |= {name, f"d{name}"}
        return name


def identifier(text: str) -> str:
    """A text as a Python name: "1/x" -> "n1_over_x", "hidden.W" -> "hidden_W"."""
    spelled = "".join(f"_{WORDS[sign]}_" if sign in WORDS else sign for sign in text)
    allowed = "".join(sign if f"n{sign}".isidentifier() else "_" for sign in unicodedata.normalize("NFKC", spelled))
    name = re.sub(r"_+", "_", allowed).strip("_")
    return name if name.isidentifier() else f"n{name}"
