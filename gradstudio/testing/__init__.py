"""Helpers for our tests and for those of others' gates.

The contract that every gate keeps is checked by::

    from gradstudio.testing import check_gate

    def test_my_gate():
        check_gate(MyGate)

A gate needs nothing for it but its declaration: inputs, params and shapes to try are derived from that. `CONTRACT`
holds the same checks by name, to be run one by one. Each takes a gate class and raises `Broken` with a sentence that
names gate, params and shapes.
"""

from gradstudio.testing.cases import Broken as Broken
from gradstudio.testing.cases import Case as Case
from gradstudio.testing.cases import cases as cases
from gradstudio.testing.contract import check_gate as check_gate
from gradstudio.testing.truths import CONTRACT as CONTRACT
