"""Make the pictures of docs/sweeps.md anew, from real runs: `python scripts/make_sweep_pictures.py`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
from PySide6.QtWidgets import QApplication

import gradstudio.gates  # noqa: F401 - fills the catalogue
from gradstudio import files
from gradstudio.cli.newnet import network_for
from gradstudio.data.beside import answer
from gradstudio.data.shelf import shipped_record
from gradstudio.document import commands
from gradstudio.document.model import Document, Patch
from gradstudio.document.trained import unpinned
from gradstudio.resources import resource
from gradstudio.training.trainer import Trainer
from gradstudio.ui.comparing import compare
from gradstudio.ui.dialogs.compare import Side
from gradstudio.ui.shot import make_window
from gradstudio.ui.sweeps import show_sweep

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
PATIENCE = 600.0
STEPS, TRIALS = 250, 24


def main() -> None:
    """Make all pictures."""
    answer()
    draw_comparison()
    draw_sweep()


def draw_comparison() -> None:
    """The spiral classifier beside a variant with other units, another activation and dropout, both trained."""
    before = files.read(resource("examples", "spiral.grad"))
    before.apply(Patch("Draw start values", {i: unpinned(node) for i, node in before.nodes.items()}))
    after = changed(before)
    window = make_window(trained(after), "spiral-copy.grad", (1400, 900), "light")
    window.show()
    dialog = compare(window, Side("spiral.grad", trained(before).copy))
    dialog.resize(1120, 720)
    wait(lambda: dialog.found is not None)
    dialog.next.click()
    settle()
    dialog.grab().save(str(IMAGES / "compare.png"))
    dialog.close()
    window.close_now()


def changed(document: Document) -> Document:
    """A variant to compare with."""
    made = document.copy()
    hidden, relu = named(made, "hidden"), named(made, "relu")
    made.apply(commands.set_param(made, [hidden], "units", 40))
    made.apply(commands.replace_gate(made, [relu], "tanh"))
    patch, drop = commands.add_node(made, "dropout", 640, 260, name="dropout")
    made.apply(patch)
    wire = made.wires_out_of(relu)[0]
    made.apply(commands.disconnect(made, [wire.id]))
    made.apply(commands.connect(made, relu, wire.output, drop, "x"))
    made.apply(commands.connect(made, drop, "z", wire.target, wire.input))
    made.apply(commands.change_settings(made, optimizer="adam", learning_rate=0.01))
    return made


def trained(document: Document) -> Document:
    """A network trained for some steps."""
    trainer = Trainer(document.copy())
    for _ in trainer.run(STEPS):
        pass
    document.apply(commands.set_training(document, trainer.training(), "Train"))
    return document


def draw_sweep() -> None:
    """Random trials of a classifier of digits over three things, judged by rows held back."""
    record = shipped_record("digits")
    held_back = msgspec.structs.replace(record.preparation, validation=0.2)
    document = network_for("32-relu", msgspec.structs.replace(record, preparation=held_back))[0]
    layer = next(node.name for node in document.nodes.values() if "units" in node.params)
    window = make_window(document, "digits.grad", (1400, 900), "dark")
    window.show()
    dialog = show_sweep(window)
    dialog.resize(1160, 760)
    form = dialog.form
    form.varies.rows[0].field.setText("0.0003..0.3:log")
    form.random.setChecked(True)
    form.varies.add(f"{layer}.units").field.setText("4..64:log")
    form.varies.add("batch_size").field.setText("16,64,256")
    form.count.setValue(TRIALS)
    form.steps.setValue(STEPS)
    settle()
    dialog.toggle()
    wait(lambda: dialog.sweeping is not None and not dialog.sweeping.running)
    settle()
    dialog.results.table.selectRow(1)
    settle()
    dialog.grab().save(str(IMAGES / "sweep.png"))
    dialog.end()
    window.close_now()


def named(document: Document, name: str) -> int:
    """The id of a node.

    Raises:
        LookupError: if there is none.
    """
    node = document.named(name)
    if node is None:
        raise LookupError(name)
    return node.id


def wait(truth: Callable[[], bool]) -> None:
    """Let the window work until something is so.

    Raises:
        TimeoutError: if that takes too long.
    """
    deadline = time.monotonic() + PATIENCE
    while not truth():
        if time.monotonic() > deadline:
            raise TimeoutError
        QApplication.processEvents()
        time.sleep(0.01)


def settle() -> None:
    """Let the window paint."""
    until = time.monotonic() + 0.4
    while time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
