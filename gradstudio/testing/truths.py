"""Where truths about gates are collected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from gradstudio.testing.cases import Case, GateClass

Check: TypeAlias = Callable[[GateClass], None]
CONTRACT: dict[str, Check] = {}
"""Every truth by the name of its function, which takes a gate class and raises `Broken`."""


def truth(check: Check) -> Check:
    """Add a function to the contract."""
    CONTRACT[check.__name__] = check
    return check


def is_sentence(text: str) -> bool:
    """Whether a text looks like one."""
    return len(text) > 10 and not text[0].islower() and text.endswith(".") and "\n" not in text


def extreme(case: Case, numbers: Sequence[float]) -> Iterator[Case]:
    """The same case with each of its arrays in turn full of one number, and then with all of them so."""
    for number in numbers:
        filled = [np.full(case.arrays[i].shape, number, case.arrays[i].dtype) for i in case.real()]
        together = case
        for i, array in zip(case.real(), filled, strict=True):
            together = together.put(i, array)
            yield case.put(i, array)
        if len(filled) > 1:
            yield together
