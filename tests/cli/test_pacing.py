"""`gradstudio train` with schedules, limits, early stopping and frozen nodes."""

import json
from pathlib import Path

import numpy as np
import pytest

from gradstudio import files
from gradstudio.cli import main
from tests.training.networks import spiral


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small network's file, in the folder the commands run in."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.grad"
    files.write(spiral(6, steps=40, clip_norm=1.0), path)
    return path


def test_every_setting_of_the_pace_can_be_said(net: Path) -> None:
    """What is said is in the file that is written; 0 switches a limit off."""
    words = "--momentum 0.5 --factor 0.3 --warmup 4 --patience 7 --threshold 0.1 --least-rate 0.001 --weight-decay 0.01"
    more = "--clip-norm 0 --clip-value 2 --stop-patience 30 --stop-delta 0.02 --schedule plateau --period 9"
    assert main(["train", "net.grad", "--no-keep", "--out", "out.grad", *words.split(), *more.split()]) == 0
    s = files.read(net.with_name("out.grad")).settings
    assert (s.momentum, s.factor, s.warmup, s.patience, s.threshold, s.least_rate) == (0.5, 0.3, 4, 7, 0.1, 0.001)
    assert (s.weight_decay, s.clip_norm, s.clip_value, s.stop_patience, s.stop_delta) == (0.01, None, 2.0, 30, 0.02)
    assert (s.schedule, s.period) == ("plateau", 9)


def test_an_early_stop_is_told(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence, the changes and the step of the best weights are in the text and in the JSON."""
    words = ["train", "net.grad", "--no-keep", "--steps", "2000", "--stop-patience", "10", "--stop-delta", "0.05"]
    assert main(words) == 0
    assert "Training stopped early at step" in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["steps"] < 2000
    assert found["stopped"].startswith("Training stopped early")
    assert found["changes"][-1] == [found["steps"], "early stop", None, found["steps"] - 10]
    assert found["learning_rate"] == 0.02


def test_rates_are_told_where_they_change(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON has step and rate wherever it is another one."""
    assert (
        main(["train", "net.grad", "--no-keep", "--steps", "8", "--schedule", "step", "--period", "4", "--json"]) == 0
    )
    assert json.loads(capsys.readouterr().out)["learning_rate"] == [[0, 0.02], [4, 0.01]]


def test_a_node_is_frozen_by_name(net: Path) -> None:
    """Its weights stay, in this run and, as the file says, in the next; --unfreeze trains them again."""
    before = files.read(net)
    hidden = before.named("hidden")
    assert hidden is not None
    key = f"{hidden.id}.W"
    assert main(["train", "net.grad", "--no-keep", "--steps", "3", "--out", "a.grad"]) == 0
    assert main(["train", "a.grad", "--no-keep", "--steps", "3", "--freeze", "hidden", "--out", "b.grad"]) == 0
    assert main(["train", "b.grad", "--no-keep", "--steps", "3", "--out", "c.grad"]) == 0
    assert main(["train", "c.grad", "--no-keep", "--steps", "3", "--unfreeze", "hidden", "--out", "d.grad"]) == 0
    a, b, c, d = (files.read(net.with_name(f"{name}.grad")).training for name in "abcd")
    assert np.array_equal(a.parameters[key], b.parameters[key])
    assert np.array_equal(b.parameters[key], c.parameters[key])
    assert not np.array_equal(c.parameters[key], d.parameters[key])
    assert [(change.step, change.what) for change in d.changes] == [(3, "freeze"), (9, "unfreeze")]


@pytest.mark.parametrize("name", ["hiden", "relu"])
def test_a_name_without_weights_is_refused(net: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence names the option, the nodes that can be meant, and what was found."""
    assert main(["train", "net.grad", "--no-keep", "--freeze", name]) != 0
    said = capsys.readouterr().err
    assert "--freeze needs the name of a node with weights" in said
    assert "hidden" in said


def test_a_learning_rate_is_found(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table and a sentence, or JSON with every step; --out writes the network with the suggested rate, untrained."""
    assert main(["lrfind", "net.grad", "--steps", "60", "--from", "1e-4", "--to", "10"]) == 0
    said = capsys.readouterr().out
    assert "smoothed" in said
    assert "Suggested learning rate: " in said
    assert main(["lrfind", "net.grad", "--steps", "60", "--from", "1e-4", "--out", "out.grad", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["rates"]) == len(found["losses"]) == len(found["smoothed"]) <= 60
    written = files.read(net.with_name("out.grad"))
    assert written.settings.learning_rate == found["suggestion"]
    assert written.training.step == 0


@pytest.mark.parametrize("words", [["--from", "0"], ["--from", "2", "--to", "1"], ["--steps", "3"]])
def test_rates_that_cannot_be_tested_are_refused(
    net: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence says what was expected and found."""
    assert main(["lrfind", str(net), *words]) == 2
    assert "found" in capsys.readouterr().err
