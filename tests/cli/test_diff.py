"""`gradstudio diff`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gradstudio import files
from gradstudio.cli import main
from gradstudio.document import commands
from gradstudio.document.model import Document
from gradstudio.training.trainer import Trainer
from tests.training.networks import spiral


@pytest.fixture
def pair(in_tmp_path: Path) -> tuple[Document, Document]:
    """Two trained networks in a.grad and b.grad, one with another learning rate and more steps."""
    made = []
    for name, steps, rate in (("a.grad", 3, 0.02), ("b.grad", 5, 0.1)):
        document = spiral(4, learning_rate=rate)
        trainer = Trainer(document.copy())
        for _ in trainer.run(steps):
            pass
        document.apply(commands.set_training(document, trainer.training(), "Train"))
        files.write(document, Path(name))
        made.append(document)
    return made[0], made[1]


def test_the_same_network_is_no_difference(pair: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A network and itself are the same, and the command ends with 0, as diff does."""
    assert main(["diff", "a.grad", "a.grad"]) == 0
    assert capsys.readouterr().out == "The networks are the same.\n"
    assert main(["diff", "a.grad", "a.grad", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is True


def test_differences_are_told_and_end_with_one(pair: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings, steps and every learned array that differ are told, and the command ends with 1."""
    assert main(["diff", "a.grad", "b.grad"]) == 1
    out = capsys.readouterr().out
    assert "learning rate: 0.02 → 0.1" in out
    assert "steps made: 3 → 5" in out
    assert "hidden.W 2×4: norm of the difference" in out
    assert "Nodes" not in out


def test_the_contract(pair: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON names nodes, settings and arrays by sign, with the numbers of each array."""
    _, after = pair
    after.apply(commands.set_param(after, [after.named("hidden").id], "units", 6))
    files.write(after, Path("b.grad"))
    assert main(["diff", "a.grad", "b.grad", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["nodes"] == [
        {"sign": "changed", "name": "hidden", "gate": "dense",
         "details": [{"name": "units", "before": "4", "after": "6", "looks": False}]},
    ]  # fmt: skip
    arrays = {one["name"]: one for one in found["parameters"]}
    assert arrays["scores.b"]["norm"] > 0
    assert arrays["scores.b"]["before"] == [3]
    assert abs(arrays["scores.b"]["largest"]) <= arrays["scores.b"]["norm"]
    assert set(found) == {
        "same", "looks_only", "nodes", "wires", "areas", "settings", "training", "parameters",
    }  # fmt: skip


def test_what_cannot_be_read_is_trouble(pair: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that isn't there ends the command with 2 and a sentence that names it."""
    assert main(["diff", "a.grad", "none.grad"]) == 2
    assert "There is no file none.grad." in capsys.readouterr().err
