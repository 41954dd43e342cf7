"""Small networks for the tests of training, built from records."""

from __future__ import annotations

from typing import Any

import gradstudio.gates  # noqa: F401 (registers the gates)
from gradstudio.document.model import Document, Node, Patch, Settings, Wire

Nodes = dict[str, tuple[str, dict[str, Any]]]


def network(nodes: Nodes, wires: list[tuple[str, str]], settings: Settings | None = None) -> Document:
    """A document of named nodes and wires written "node.port"."""
    document = Document()
    ids = {name: document.new_id() for name in nodes}
    made = {ids[name]: Node(ids[name], gate, name, params) for name, (gate, params) in nodes.items()}
    joined = {}
    for start, end in wires:
        wire, (source, output), (target, port) = document.new_id(), start.split("."), end.split(".")
        joined[wire] = Wire(wire, ids[source], output, ids[target], port)
    document.apply(Patch("Build", made, joined, settings or Settings()))
    return document


def course_circuit() -> Document:
    """The circuit f = (x + y) · z with parameters, so that it can be trained."""
    return network(
        {
            "x": ("parameter", {"value": -2.0}),
            "y": ("parameter", {"value": 5.0}),
            "z": ("parameter", {"value": -4.0}),
            "q": ("add", {}),
            "f": ("multiply", {}),
        },
        [("x.value", "q.x"), ("y.value", "q.y"), ("q.z", "f.x"), ("z.value", "f.y")],
        Settings("sgd", 0.01, steps=10, dtype="float64"),
    )


def spiral(units: int = 20, **settings: Any) -> Document:
    """The course's spiral classifier, with fewer units."""
    return network(
        {
            "data": ("spiral", {"per_class": 40}),
            "hidden": ("dense", {"units": units}),
            "relu": ("relu", {}),
            "scores": ("dense", {"units": 3}),
            "data_loss": ("softmax_cross_entropy", {}),
            "decay": ("l2", {"strength": 1e-3}),
            "loss": ("add", {}),
        },
        [
            ("data.X", "hidden.x"),
            ("hidden.z", "relu.x"),
            ("relu.z", "scores.x"),
            ("scores.z", "data_loss.scores"),
            ("data.labels", "data_loss.labels"),
            ("hidden.W", "decay.w"),
            ("scores.W", "decay.w"),
            ("data_loss.loss", "loss.x"),
            ("decay.loss", "loss.y"),
        ],
        Settings(**{"optimizer": "adam", "learning_rate": 0.02, "steps": 300, **settings}),
    )
