"""`gradstudio demo`: the main job of the studio where there is no screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradstudio.cli import networks, pictures
from gradstudio.cli.examples import find
from gradstudio.cli.failures import RunError
from gradstudio.cli.output import say
from gradstudio.cli.train import save, summary, train

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE, SHOWN = "spiral", "relu"
SIZE = (1760, 1080)


def run_demo(folder: Path, steps: int | None) -> int:
    """Open the spiral example, train it, write it and a picture of the window, and tell so."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"The folder {folder} can't be made: {error.strerror}.") from error
    document = networks.read(find(EXAMPLE).path)
    steps = steps or document.settings.steps
    say(f"The {EXAMPLE} example: 300 points on three arms, 100 ReLU units, softmax. Training it {steps:,} steps …")
    run = train(document, steps)
    say(summary(run))
    network, picture = folder / f"{EXAMPLE}.grad", folder / "window.png"
    save(run, document, network)
    say(f"Written: {network}, the trained network.")
    pictures.shoot(document, picture, network.name, SIZE, "dark", select=SHOWN)
    say(f"Written: {picture}, the studio's window with it.")
    accuracy = run.trainer.accuracy or 0.0
    say(f"Final loss {run.trainer.loss:.6f}, accuracy {accuracy:.2%}.")
    return 0
