"""Each illness is found in a network that has it, and in none that hasn't."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gradstudio.document import commands
from gradstudio.document.history import History
from gradstudio.document.model import Document, Settings
from gradstudio.engine.gate import Array
from gradstudio.insight import cures
from gradstudio.insight.health import Ailment, Illness, Thresholds, diagnose
from gradstudio.insight.vitals import Checkup, Vitals
from gradstudio.training.looks import Scene
from gradstudio.training.session import Session
from gradstudio.training.snapshot import Status
from gradstudio.training.trainer import Trainer
from tests.training.networks import network, spiral

Gates = list[tuple[str, dict[str, Any]]]
SGD = Settings("sgd", 0.01, steps=10, dtype="float64")
ROWS = np.random.default_rng(0).standard_normal((40, 8))


def examined(document: Document, steps: int = 0) -> tuple[Vitals, Mapping[str, Array]]:
    """Vitals and learning curve of a network after some steps."""
    trainer = Trainer(document.copy())
    for _ in trainer.run(steps) if steps else ():
        pass
    trainer.evaluate()
    never = bool
    scene = Scene(trainer.plan, trainer.compiled, trainer.document, trainer.step, never, trainer.next_update)
    return Checkup().see(scene), trainer.history()


def ailments(document: Document, steps: int = 0, **thresholds: Any) -> dict[Illness, Ailment]:
    """What is found, by illness."""
    vitals, history = examined(document, steps)
    return {found.illness: found for found in diagnose(document, vitals, history, Thresholds(**thresholds))}


def chain(gates: Gates, data: Array = ROWS, settings: Settings = SGD) -> Document:
    """Rows of numbers through some gates, and the mean squared difference to 1."""
    nodes: dict[str, tuple[str, dict[str, Any]]] = {"x": ("constant", {"value": data})}
    nodes |= {f"g{i}": gate for i, gate in enumerate(gates)}
    nodes |= {"target": ("constant", {"value": np.ones((len(data), 1))}), "loss": ("mean_squared_error", {})}
    last = len(gates) - 1
    wires = [("x.value", "g0.x"), *((f"g{i}.z", f"g{i + 1}.x") for i in range(last))]
    return network(nodes, [*wires, (f"g{last}.z", "loss.prediction"), ("target.value", "loss.target")], settings)


def dense(units: int, scale: float = 0.0, inputs: int = 8, **params: Any) -> tuple[str, dict[str, Any]]:
    """A layer, its weights of a scale where one is given."""
    if scale:
        params["start_W"] = scale * np.random.default_rng(1).standard_normal((inputs, units)) / inputs**0.5
    return "dense", {"units": units, **params}


def dangling() -> Document:
    """A layer that leads nowhere beside the loss that is chosen."""
    nodes: dict[str, tuple[str, dict[str, Any]]] = {
        "x": ("constant", {"value": ROWS}),
        "used": ("dense", {"units": 1}),
        "idle": ("dense", {"units": 3}),
        "target": ("constant", {"value": np.ones((40, 1))}),
        "loss": ("mean_squared_error", {}),
    }
    wires = [
        ("x.value", "used.x"),
        ("x.value", "idle.x"),
        ("used.z", "loss.prediction"),
        ("target.value", "loss.target"),
    ]
    document = network(nodes, wires, SGD)
    loss = document.named("loss")
    assert loss is not None
    document.settings = Settings("sgd", 0.01, steps=10, dtype="float64", objective=loss.id)
    return document


def at_rate(rate: float) -> Settings:
    """Plain descent at a learning rate."""
    return Settings("sgd", rate, steps=10, dtype="float64")


TANH: Gates = [part for _ in range(4) for part in (dense(8, 0.1), ("tanh", {}))]
ILL: dict[Illness, Document] = {
    Illness.UNREACHED: dangling(),
    Illness.DEAD: chain([dense(8, start_b=np.repeat([0.0, -50.0], 4)), ("relu", {}), dense(1)], settings=at_rate(1e-4)),
    Illness.SATURATED: chain([dense(8, 40.0), ("tanh", {}), dense(1)]),
    Illness.VANISHING: chain([*TANH, dense(1)], settings=at_rate(0.3)),
    Illness.EXPLODING: chain([*[dense(8, 30.0) for _ in range(4)], dense(1)], settings=at_rate(1e-14)),
    Illness.UPDATE_LARGE: chain([dense(1)], settings=at_rate(10.0)),
    Illness.UPDATE_SMALL: chain([dense(1)], settings=at_rate(1e-9)),
    Illness.UNSCALED: chain([dense(1)], ROWS * [1000, 1, 1, 1, 1, 1, 1, 1], at_rate(1e-7)),
}


@pytest.mark.parametrize("illness", ILL)
def test_an_ill_network_is_found_ill(illness: Illness) -> None:
    """A network made to have an illness has this one and no other, with a number and a sentence."""
    found = ailments(ILL[illness])
    assert list(found) == [illness]
    assert found[illness].number
    assert found[illness].sentence.endswith(".")


@pytest.mark.parametrize("illness", [i for i in ILL if i is not Illness.UNREACHED])
def test_the_cure_helps_and_is_undoable(illness: Illness) -> None:
    """What is offered, and where that isn't enough what is offered next, makes the illness go; undo takes it back."""
    document = ILL[illness].copy()
    settings, nodes = document.settings, dict(document.nodes)
    history = History(document)
    for _ in range(2):
        found = ailments(document).get(illness)
        if found is not None:
            assert found.cure is not None
            assert cures.words(found.cure, document)
            history.do(cures.patch(found.cure, document))
    assert illness not in ailments(document)
    while history.can_undo:
        history.undo()
    assert document.settings == settings
    assert dict(document.nodes) == nodes


def test_flat_pictures_are_scaled_as_wholes() -> None:
    """Pixels at a picture's rim hardly vary, which is no illness; columns of a table as far apart are."""
    pictures = np.random.default_rng(0).random((40, 64)) * np.repeat([0.001, 1.0], 32)
    assert Illness.UNSCALED not in ailments(chain([dense(1)], pictures))
    assert Illness.UNSCALED in ailments(chain([dense(1)], pictures[:, 1:]))


def test_the_truth_is_not_standardised() -> None:
    """Large numbers that are to be told lead to a loss, where nothing is put in their way."""
    document = chain([dense(1)])
    target = document.named("target")
    assert target is not None
    document.apply(commands.set_param(document, [target.id], "value", 5_000 * ROWS[:, :1]))
    assert Illness.UNSCALED not in ailments(document)


@pytest.mark.parametrize("steps", [0, 300])
def test_a_sound_network_is_found_sound(steps: int) -> None:
    """The spiral classifier has nothing, neither at the start nor trained."""
    assert not ailments(spiral(), steps)


@pytest.mark.parametrize("gates", [[dense(8), ("relu", {}), dense(1)], [dense(8, 1.0), ("tanh", {}), dense(1)]])
def test_other_sound_networks(gates: Gates) -> None:
    """Neither has a small network with ReLU, nor one with tanh."""
    assert not ailments(chain(gates))


def test_a_start_away_from_chance() -> None:
    """Large scores at the start give a loss far from ln C, which is said and put right; later it isn't the start."""
    document = spiral()
    scores = document.named("scores")
    assert scores is not None
    params = {**scores.params, "start_W": 30 * np.random.default_rng(2).standard_normal((20, 3))}
    ill = network(
        {**_parts(document), "scores": ("dense", params)},
        _wires(document),
        document.settings,
    )
    found = ailments(ill)[Illness.CHANCE]
    assert "1.099" in found.sentence
    assert isinstance(found.cure, cures.Restart)
    assert Illness.CHANCE not in ailments(ill, 1)
    ill.apply(cures.patch(found.cure, ill))
    assert Illness.CHANCE not in ailments(ill)


def _parts(document: Document) -> dict[str, tuple[str, dict[str, Any]]]:
    return {node.name: (node.gate, dict(node.params)) for node in document.nodes.values()}


def _wires(document: Document) -> list[tuple[str, str]]:
    names = {i: node.name for i, node in document.nodes.items()}
    return [(f"{names[w.source]}.{w.output}", f"{names[w.target]}.{w.input}") for w in document.wires.values()]


def test_a_stuck_loss() -> None:
    """Layers that start at 0 never leave chance: found after so many steps and no sooner, and put right."""
    document = spiral()
    parts = {n: (g, {**p, "init": "zeros"} if g == "dense" else p) for n, (g, p) in _parts(document).items()}
    stuck = network(parts, _wires(document), document.settings)
    found = ailments(stuck, 60, patience=20)[Illness.STUCK]
    assert isinstance(found.cure, cures.Restart)
    assert Illness.STUCK not in ailments(stuck, 10, patience=20)
    assert Illness.STUCK not in ailments(spiral(), 60, patience=20)
    stuck.apply(cures.patch(found.cure, stuck))
    assert Illness.STUCK not in ailments(stuck, 60, patience=20)


def test_learning_by_heart() -> None:
    """A validation loss that has turned and lies far over the training loss is overfitting; one near it isn't."""
    document = spiral()
    vitals, _ = examined(document)
    history = {name: np.array(rows) for name, rows in (("step", [0, 1, 2]), ("loss", [1.0, 0.5, 0.2]))}
    turned = {**history, "validation_loss": np.array([1.0, 0.7, 0.9])}
    near = {**history, "validation_loss": np.array([1.0, 0.5, 0.25])}
    assert [a.illness for a in diagnose(document, vitals, turned)] == [Illness.OVERFITTING]
    assert not diagnose(document, vitals, near)


def test_nan_is_traced_to_its_source() -> None:
    """Where training ended in NaN or infinity the node it came from is named, and a smaller rate offered."""
    document = chain([dense(8), dense(1)], settings=Settings("sgd", 1e5, steps=200, dtype="float32"))
    session = Session(document)
    try:
        session.start(200)
        assert session.wait_idle()
        assert session.status is Status.FAILED
        vitals, history = examined(document)
        found = diagnose(document, vitals, history, culprit=session.latest.culprit)[0]
        assert found.illness is Illness.NOT_FINITE
        assert found.node in document.nodes
        assert found.serious
        assert isinstance(found.cure, cures.Rate)
        assert found.cure.value < 1e5
    finally:
        session.close()
