"""The worked examples of the course as they are seen: what labels and curves say, not only what the engine returns."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from gradstudio.cli import networks
from gradstudio.cli.examples import find
from gradstudio.ui import going
from gradstudio.ui.canvas.readings import Readings
from gradstudio.ui.curves import LearningCurve
from tests.examples.test_worked_examples import GRADIENTS, VALUES

DIGITS = 6e-4
"""Labels have four significant digits."""


def number(text: str) -> float:
    """The number of a label."""
    return float(text.replace("−", "-").replace("\N{NARROW NO-BREAK SPACE}", ""))


@pytest.fixture
def labels(make_window: Any, qtbot: Any) -> Any:
    """What the canvas of a shipped example says: by node its value, and the gradients of the wires that leave it."""

    def read(example: str) -> dict[str, tuple[float, list[float]]]:
        window = make_window(networks.read(find(example).path))
        QApplication.processEvents()
        qtbot.waitUntil(lambda: not window.studio.session.awaiting, timeout=20_000)
        readings, document = window.canvas.readings, window.studio.document
        return {node.name: _said(readings, document, node) for node in document.nodes.values()}

    return read


def _said(readings: Readings, document: Any, node: Any) -> tuple[float, list[float]]:
    wires = document.wires_out_of(node.id)
    said = [readings.wire(wire.id) for wire in wires] or [readings.end(node.id, node.output_ports()[0].name)]
    assert len({one.value for one in said}) == 1, "every wire of an output has the same value"
    return number(said[0].value), [number(one.gradient) for one in said if one.gradient]


@pytest.mark.parametrize("example", VALUES)
def test_the_labels_say_what_the_course_says(labels: Any, example: str) -> None:
    """Above every wire stands the course's value, and what stands below the wires of a node adds up to its gradient."""
    said = labels(example)
    for node, expected in VALUES[example].items():
        assert said[node][0] == pytest.approx(expected, rel=DIGITS), node
    for node, expected in GRADIENTS[example].items():
        assert sum(said[node][1]) == pytest.approx(expected, rel=DIGITS, abs=1e-3), node


def test_contributions_add_at_the_forks_of_example_7(labels: Any) -> None:
    """In (x + σ(y)) ÷ (σ(x) + (x + y)²) both leaves branch, and each wire says its own share."""
    said = labels("staged")
    assert len(said["x"][1]) == 3
    assert len(said["y"][1]) == 2
    assert len(set(said["x"][1])) > 1


def test_the_loss_panel_shows_the_published_figures(make_window: Any, qtbot: Any) -> None:
    """The learning curve of the linear spiral classifier passes 0.786302 at step 190, with 49.33 % at the end."""
    window = make_window(networks.read(find("spiral-linear").path))
    window.studio.train(200)
    qtbot.waitUntil(lambda: not (window.studio.running or window.studio.session.awaiting), timeout=30_000)
    panel: Any = going.to_dock(window, "loss")
    QApplication.processEvents()
    curve: LearningCurve = panel.curve
    at = curve.nearest(190)
    assert curve.step[at] == 190
    assert curve.loss[at] == pytest.approx(0.786302, abs=5e-7)
    assert 100 * curve.accuracy[-1] == pytest.approx(49.33, abs=0.05)
