"""The whole contract, and a gate held against it."""

from __future__ import annotations

from gradstudio.testing import computing, declaring, made_of, standing_in  # noqa: F401  each adds its truths
from gradstudio.testing.cases import GateClass
from gradstudio.testing.truths import CONTRACT


def check_gate(kind: GateClass) -> None:
    """Hold a gate class against the whole contract.

    Raises:
        Broken: with a sentence, at the first thing that isn't so.
    """
    for check in CONTRACT.values():
        check(kind)
