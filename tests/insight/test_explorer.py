"""The explorer of capacity and regularisation."""

from __future__ import annotations

import threading
import time

import pytest

from gradstudio import files
from gradstudio.document.commands import set_param
from gradstudio.insight.explorer import Cell, Exploration, Survey, explore, layers, variant
from gradstudio.resources import resource
from gradstudio.training.trainer import Trainer
from tests.training.networks import course_circuit, spiral
from tests.training.test_validation import iris, shelf  # noqa: F401 - the fixture of its data


def survey(steps: int = 150) -> Survey:
    """Two sizes and two strengths of the spiral's hidden layer."""
    return Survey(layers(spiral())[0].id, (2, 30), (0.0, 0.3), steps)


def cells(steps: int = 150) -> dict[tuple[int, float], Cell]:
    """The variants by size and strength."""
    found = list(explore(spiral(), survey(steps), lambda: False))
    return {(cell.size, cell.strength): cell for cell in found}


def test_size_and_strength_vary_and_nothing_else() -> None:
    """A variant has the units and the λ that were asked for, is untrained, and the network itself stays as it is."""
    document = spiral()
    before = dict(document.nodes)
    made = variant(document, survey().layer, 7, 0.25)
    hidden, decay = made.named("hidden"), made.named("decay")
    assert hidden is not None
    assert decay is not None
    assert (hidden.params["units"], decay.params["strength"], made.training.step) == (7, 0.25, 0)
    assert dict(document.nodes) == before
    changed = {node.name for i, node in made.nodes.items() if node.params != before[i].params}
    assert changed == {"hidden", "decay"}


def test_more_units_fit_better_and_decay_takes_it_back() -> None:
    """The lecture's picture: thirty units classify more of the spiral than two, and strong decay less."""
    found = cells()
    train = {key: cell.train or 0 for key, cell in found.items()}
    assert train[30, 0.0] > train[2, 0.0] + 0.15
    assert train[30, 0.0] > train[30, 0.3] + 0.15


def test_a_cell_is_what_training_that_network_gives() -> None:
    """Loss and accuracy are those of the variant trained alone; it can be opened, and goes on from there."""
    cell = cells(40)[30, 0.3]
    alone = Trainer(variant(spiral(), survey().layer, 30, 0.3))
    for _ in alone.run(40):
        pass
    alone.evaluate()
    assert cell.loss == alone.loss
    assert cell.train == alone.accuracy
    assert cell.document.training.step == 40
    assert cell.seen is not None
    assert cell.seen.surface.shape[-1] == 3
    assert cell.held is not None
    assert abs(cell.held - (cell.train or 0)) < 0.4


@pytest.mark.usefixtures("shelf")
def test_rows_held_back_are_what_it_has_not_seen() -> None:
    """Of data from a file a variant is judged by its validation part, which it was never trained on."""
    (cell,) = explore(iris(), Survey(layers(iris())[0].id, (3,), (0.01,), 40), lambda: False)
    held = cell.document
    held.apply(set_param(held, [data.id for data in held.nodes.values() if data.gate == "data"], "part", "validation"))
    alone = Trainer(held)
    alone.evaluate()
    assert cell.held == alone.accuracy != cell.train


def test_it_runs_beside_and_ends_when_told() -> None:
    """Variants come one by one while it runs; told to stop it ends at once, and its thread with it."""
    running = Exploration(spiral(), survey(10**6))
    began = time.monotonic()
    running.stop()
    assert time.monotonic() - began < 5
    assert not running.running
    assert running.cells == ()
    assert all(thread.name != "gradstudio-explorer" for thread in threading.enumerate())


def test_what_cannot_be_trained_says_so() -> None:
    """A variant that diverges is a cell with the reason; one without a plane has no boundary."""
    document = spiral(learning_rate=1e3, optimizer="sgd")
    found = list(explore(document, Survey(survey().layer, (5,), (1e3,), 200), lambda: False))
    assert "Lower the learning rate" in found[0].problem
    assert found[0].seen is None


def test_a_circuit_has_no_layer() -> None:
    """Without layers there is nothing to explore."""
    assert layers(course_circuit()) == []
    with pytest.raises(StopIteration):
        next(explore(course_circuit(), Survey(1, (), ()), lambda: False))


def test_pinned_start_values_are_no_obstacle() -> None:
    """The course's example pins the start of its hundred units: a variant with six draws its own."""
    document = files.read(resource("examples", "spiral.grad"))
    layer = layers(document)[0].id
    found = list(explore(document, Survey(layer, (6,), (0.001,), 5), lambda: False))
    assert found[0].problem == ""
    assert found[0].train is not None
