"""What keeps nodes from being computed, from all that tells of it."""

from __future__ import annotations

from gradstudio.document.problem import Problem
from gradstudio.document.reasons import Finding, Reason
from gradstudio.document.shapes import infer
from gradstudio.ui.bridge import Studio


def problems_of(studio: Studio) -> tuple[Problem, ...]:
    """What keeps nodes from being computed: what the shapes tell, and what came up when it was computed."""
    told = infer(studio.document).problems
    snapshot = studio.snapshot()
    if snapshot is None or not snapshot.problems:
        return told
    known = {finding.node for finding in told}
    nodes = studio.document.nodes
    return (*told, *(p for p in snapshot.problems if p.node not in known and p.node in nodes))


def is_mild(problem: Problem) -> bool:
    """Whether a node is merely unfinished: an input isn't connected yet."""
    return isinstance(problem, Finding) and problem.reason is Reason.MISSING
