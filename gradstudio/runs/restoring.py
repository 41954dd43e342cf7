"""Bringing a run's network back into a document that is open, as one edit."""

from __future__ import annotations

from gradstudio.document.model import Document, Patch


def restoring(document: Document, kept: Document, title: str) -> Patch:
    """The edit that makes a document what was kept of it: its network, settings, training, and what orders it."""
    return Patch(
        title,
        {i: kept.nodes.get(i) for i in {**document.nodes, **kept.nodes}},
        {i: kept.wires.get(i) for i in {**document.wires, **kept.wires}},
        kept.settings,
        kept.training,
        {i: kept.groups.get(i) for i in {**document.groups, **kept.groups}},
        {i: kept.frames.get(i) for i in {**document.frames, **kept.frames}},
        {i: kept.comments.get(i) for i in {**document.comments, **kept.comments}},
        kept.exercise,
    )
