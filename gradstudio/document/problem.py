"""A finding that keeps part of a document from being computed."""

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
