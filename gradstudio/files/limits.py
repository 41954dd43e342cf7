"""How large a file may be. Every limit is checked before anything of that size is built."""

from __future__ import annotations

MiB = 2**20

FILE = 2048 * MiB
"""Bytes of a `.grad` file."""

HEADER = 64 * MiB
"""Bytes of its JSON header, in which the document lies: some 200,000 nodes and wires."""

TEXT = 128 * MiB
"""Bytes of a `.grad.json` file."""

OBJECTS = 1_000_000
"""JSON objects in a header or a document."""

BRACKETS = 10_000_000
"""Brackets in a header or a document."""

NODES = 100_000
WIRES = 400_000

DOTS = 100
"""Dots of a wire."""

AREAS = 10_000
"""Groups; frames; comments."""

NESTING = 20
"""Groups that lie in each other."""

PORTS = 1_000
"""Ports a group names on one side."""

QUESTIONS = 1_000
"""Questions of an exercise."""

CHANGES = 1_000
"""Changes noted of a training."""

RANK = 32
"""Axes of an array."""

DEPTH = RANK + 8
"""Brackets within brackets in JSON."""

NAME = 100
"""Characters of a node's name."""

WORD = 200
"""Characters of a gate id, or of the name of a port or param."""

COORDINATE = 1e9
"""Largest coordinate on the canvas."""

ID = 2**53
"""Largest id: the largest whole number every JSON reader keeps exactly."""

INTEGER = 2**63
"""Whole numbers are smaller than this."""
