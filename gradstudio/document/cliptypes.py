"""What a clipboard's text looks like, as types: msgspec reads JSON into them strictly."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

Id: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class ClipNode(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A node; what it isn't (muted, coloured, noted, grouped, frozen) isn't written."""

    id: Id
    gate: str
    name: str
    x: float
    y: float
    params: dict[str, Any]
    muted: bool = False
    color: str = ""
    note: str = ""
    group: Id | None = None
    frozen: bool = False


class ClipWire(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A wire between two of the nodes."""

    source: Id
    output: str
    target: Id
    input: str
    via: tuple[tuple[float, float], ...] = ()


class ClipPort(msgspec.Struct, forbid_unknown_fields=True):
    """A port that a group shows."""

    name: str
    node: Id
    port: str


class ClipGroup(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A group all of whose nodes are there."""

    id: Id
    name: str
    x: float
    y: float
    collapsed: bool
    inputs: list[ClipPort]
    outputs: list[ClipPort]
    color: str = ""
    parent: Id | None = None


class ClipFrame(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A frame."""

    id: Id
    title: str
    x: float
    y: float
    width: float
    height: float
    color: str = ""
    group: Id | None = None


class ClipComment(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A comment."""

    id: Id
    text: str
    x: float
    y: float
    width: float
    height: float
    color: str = ""
    group: Id | None = None


class Clip(msgspec.Struct, forbid_unknown_fields=True):
    """All that was copied."""

    gradstudio: Literal[1]
    nodes: list[ClipNode]
    wires: list[ClipWire]
    groups: list[ClipGroup] = []
    frames: list[ClipFrame] = []
    comments: list[ClipComment] = []


class Packed(msgspec.Struct, forbid_unknown_fields=True):
    """An array by its bytes."""

    dtype: str
    shape: list[Id]
    base64: bytes
