"""A process killed while it saves: the file is always whole."""

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from gradstudio import files
from gradstudio.document.model import Document, Patch, Training

SAVER = """
import sys; sys.path[:0] = ['.']
from itertools import count
from gradstudio import files
from gradstudio.document.model import Patch, Training
document = files.read(sys.argv[1])
print('saving', flush=True)
for step in count(1):
    document.apply(Patch('Train', training=Training(step, {}, {}, document.training.history)))
    files.write(document, sys.argv[1])
"""


def a_large_document() -> Document:
    """A network whose file is some two megabytes, so that a kill often comes while it is written."""
    history = {"loss": np.random.default_rng(0).normal(size=250_000)}
    document = Document()
    document.apply(Patch("Train", training=Training(0, {}, {}, history)))
    return document


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(8))
def test_kill_while_saving(tmp_path, round_):
    """Wherever the kill strikes, the file and its backup are whole versions, and the next save works."""
    path = tmp_path / "net.grad"
    document = a_large_document()
    files.write(document, path)
    chance = random.Random(round_)
    for _ in range(3):
        kill_a_saver(path, chance)
        found = files.read(path)
        assert found.training.history["loss"].tobytes() == document.training.history["loss"].tobytes()
        if path.with_name("net.grad~").exists():
            files.read(path.with_name("net.grad~"))
    files.write(document, path)
    assert files.read(path).training.step == 0


def kill_a_saver(path: Path, chance: random.Random) -> None:
    """Start a process that saves over and over, and kill it in the middle of one of its saves."""
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", SAVER, str(path)], cwd=root, stdout=subprocess.PIPE) as saver:
        assert saver.stdout is not None
        assert saver.stdout.readline() == b"saving\n"
        time.sleep(chance.uniform(0.02, 0.15))
        saver.kill()
        saver.wait()
    for leftover in path.parent.glob(".gradstudio-*.tmp"):
        leftover.unlink()
