"""Make the pictures of panels in the documentation anew, from real runs: `python scripts/make_panel_pictures.py`.

Each panel is the studio's own, with a shipped network trained for so many steps, alone on a picture.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio import files
from gradstudio.cli.newnet import network_for
from gradstudio.data.record import text_of
from gradstudio.data.shelf import Shelf, shipped_record
from gradstudio.document import shorthand
from gradstudio.document.commands import change_settings, set_param, set_training
from gradstudio.document.model import Document
from gradstudio.resources import resource
from gradstudio.training.trainer import Trainer
from gradstudio.ui import style
from gradstudio.ui.bridge import Studio
from gradstudio.ui.dialogs.evaluate import EvaluateDialog
from gradstudio.ui.panels import ActivationPanel, GradientsPanel, LossPanel
from gradstudio.ui.panels.boundary import BoundaryPanel
from gradstudio.ui.panels.confusion import ConfusionPanel
from gradstudio.ui.panels.explorer import ExplorerPanel
from gradstudio.ui.panels.health import HealthPanel
from gradstudio.ui.panels.predictions import PredictionsPanel
from gradstudio.ui.panels.runs import RunsPanel
from gradstudio.ui.panels.weights import WeightsPanel
from gradstudio.ui.preferences import Preferences
from gradstudio.ui.samples import Samples
from gradstudio.ui.theme import LIGHT
from gradstudio.ui.timebar import TimeBar

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"


class Shot(NamedTuple):
    """One picture.

    Attributes:
        name: of the file.
        panel: makes the panel.
        network: makes the network.
        steps: it is trained for, before `then`.
        size: of the panel in pixels.
        then: what somebody does with the panel, if anything.
    """

    name: str
    panel: Callable[[Studio], Any]
    network: Callable[[], Document]
    steps: int
    size: tuple[int, int]
    then: Callable[[Any], object] = id


def spiral() -> Document:
    """The course's classifier of spirals."""
    return files.read(resource("examples", "spiral.grad"))


def digits() -> Document:
    """A classifier of the digits that come with the studio."""
    document = from_text("data-24-relu-10-softmax cross entropy")
    data = next(iter(document.nodes))
    document.apply(set_param(document, [data], "record", text_of(shipped_record("digits"))))
    return document


def deep() -> Document:
    """Many sigmoids one behind the other: gradients vanish on their way back."""
    return from_text("spiral-" + "30-sigmoid-" * 6 + "3-softmax cross entropy")


def several() -> Document:
    """Activations of several kinds."""
    return from_text("spiral-20-relu-20-tanh-20-sigmoid-20-gelu-3-softmax cross entropy")


def from_text(text: str) -> Document:
    """A network from one line."""
    document = Document()
    document.apply(shorthand.network(document, text)[0])
    return document


def boundary(studio: Studio) -> BoundaryPanel:
    """The boundary with samples of its own."""
    return BoundaryPanel(studio, Samples(studio))


def diabetes() -> Document:
    """A network that tells how far a disease goes in a year."""
    return network_for("16-tanh", shipped_record("diabetes"))[0]


def confusion(studio: Studio) -> ConfusionPanel:
    """The confusion of the rows that test, with samples of its own."""
    panel = ConfusionPanel(studio, Samples(studio))
    panel.part.choose("test")
    return panel


def predictions(studio: Studio) -> PredictionsPanel:
    """The predictions of the rows that test, with samples of its own."""
    panel = PredictionsPanel(studio, Samples(studio))
    panel.part.choose("test")
    return panel


def told_digits() -> Document:
    """The classifier of digits, trained."""
    document = digits()
    trainer = Trainer(document)
    for _ in trainer.run(300):
        pass
    trainer.finish()
    document.apply(set_training(document, trainer.training(), "Train"))
    return document


def card(studio: Studio) -> EvaluateDialog:
    """The card of an evaluation."""
    return EvaluateDialog(studio.document)


def judged(dialog: EvaluateDialog) -> None:
    """Wait for the verdict."""
    dialog.job.start()
    while dialog.progress.isVisible():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


def worst_first(panel: PredictionsPanel) -> None:
    """Only what is wrong, the largest loss first."""
    for box in (panel.only, panel.order):
        box.setCurrentIndex(1)
        box.activated.emit(1)


def health(studio: Studio) -> HealthPanel:
    """Health with limits of its own."""
    return HealthPanel(studio, Preferences())


def explored(panel: ExplorerPanel) -> None:
    """Try all that is suggested, quickly."""
    panel.steps.setText("600")
    panel.toggle()
    while panel.start.text() == panel.tr("Stop"):
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


def looked_back(bar: TimeBar) -> None:
    """A third of the way through the training."""
    bar.open(True)
    bar.slider.setValue(bar.slider.maximum() // 3)


def compared(panel: RunsPanel) -> None:
    """Three runs, one with a name and one with a note, two of them chosen to be told apart."""
    three_runs(panel)
    settle(panel.studio)
    panel.studio.runs.rename(1, "as in the course")
    panel.studio.runs.annotate(2, "Far too slow.")
    settle(panel.studio)
    panel.view.selectRow(0)
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)


def three_runs(panel: LossPanel | RunsPanel) -> None:
    """Train twice more, each time from the start with other settings."""
    for optimizer, rate in (("sgd", 0.3), ("adam", 0.02)):
        panel.studio.reset()
        patch = change_settings(panel.studio.document, optimizer=optimizer, learning_rate=rate)
        panel.studio.do(patch)
        panel.studio.train(600)
        settle(panel.studio)


SHOTS = (
    Shot("panel-weights", WeightsPanel, digits, 300, (640, 300)),
    Shot("panel-boundary", boundary, spiral, 3000, (520, 420)),
    Shot("panel-activations", ActivationPanel, several, 300, (400, 520), lambda panel: panel.all.setChecked(True)),
    Shot("panel-gradients", GradientsPanel, spiral, 1000, (700, 300)),
    Shot("panel-flow", GradientsPanel, deep, 0, (520, 300), lambda panel: panel.flow_button.setChecked(True)),
    Shot("panel-loss", LossPanel, spiral, 600, (560, 300), three_runs),
    Shot("panel-runs", RunsPanel, spiral, 600, (760, 280), compared),
    Shot("panel-confusion", confusion, digits, 300, (620, 360)),
    Shot("panel-predictions", predictions, digits, 300, (520, 320), worst_first),
    Shot("evaluate", card, told_digits, 0, (520, 480), judged),
    Shot("panel-fit", confusion, diabetes, 600, (620, 300)),
    Shot("panel-health", health, deep, 0, (560, 300)),
    Shot("panel-explorer", ExplorerPanel, spiral, 0, (760, 460), explored),
    Shot("look-back", TimeBar, spiral, 2000, (640, 44), looked_back),
)


def make(folder: Path) -> None:
    """Draw every panel into a PNG file."""
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication(["gradstudio"])
    assert isinstance(app, QApplication)
    style.apply(app, LIGHT)
    Shelf().install()
    for shot in SHOTS:
        studio = Studio(shot.network(), theme=LIGHT)
        panel: QWidget = shot.panel(studio)
        panel.resize(*shot.size)
        panel.show()
        settle(studio)
        if shot.steps:
            studio.train(shot.steps)
            settle(studio)
        shot.then(panel)
        settle(studio)
        panel.grab().save(str(folder / f"{shot.name}.png"), "PNG")
        panel.hide()
        studio.close()
        panel.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


def settle(studio: Studio, rounds: int = 4) -> None:
    """Let a studio come to rest, with every number shown."""
    quiet = 0
    while quiet < rounds:
        studio.session.wait_idle(0.02)
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        busy = studio.running or studio.session.awaiting or not studio.runs.wait(0.02)
        quiet = 0 if busy else quiet + 1


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
