"""Document -> engine graph, for as much of it as is complete, and node id -> place in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a node from being computed.

    Attributes:
        node: document node id.
        message: a sentence: what, where, what to do.
    """

    node: int
    message: str
