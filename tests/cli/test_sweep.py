"""`gradstudio sweep`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gradstudio import files
from gradstudio.cli import main
from gradstudio.runs import Store
from tests.training.networks import spiral

OVER = ("--over", "lr=0.001..0.1:log", "--over", "hidden.units=3,5", "--random", "3", "--steps", "8")


@pytest.fixture
def sweep(in_tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command on the spiral classifier in net.grad; its exit code, output and errors."""
    files.write(spiral(), Path("net.grad"))

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["sweep", "net.grad", *words])
        return (code, *capsys.readouterr())

    return run


def test_a_sweep_is_told_kept_and_written(sweep: Any) -> None:
    """The table has the best trial first, every trial is a run, and the best network is written."""
    code, out, err = sweep(*OVER, "--out", "best.grad", "--workers", "2")
    assert (code, err) == (0, "")
    runs = Store(Path("net.runs")).listing().runs
    best = min(runs, key=lambda run: run.result.loss or 9.0)
    assert f"Best: trial {best.varied['trial']}, learning_rate {best.varied['learning_rate']:g}" in out
    assert f"It is run {best.number}. Written to best.grad." in out
    written = files.read(Path("best.grad"))
    assert written.settings.learning_rate == best.settings.learning_rate
    assert written.training.step == 8
    first = next(line for line in out.splitlines() if line.startswith("│"))
    assert str(best.varied["trial"]) in first.split("│")[1]


def test_the_contract_and_going_on(sweep: Any) -> None:
    """The JSON has every trial with its values and results; with --resume only those that are missing are made."""
    code, out, _ = sweep(*OVER, "--json", "--name", "widths")
    assert code == 0
    found = json.loads(out)
    assert (found["sweep"], found["metric"]) == ("widths", "loss")
    assert [one["trial"] for one in found["trials"]] == [1, 2, 3]
    assert set(found["trials"][0]) == {
        "trial", "values", "outcome", "metric", "validation_loss", "validation_accuracy", "loss", "accuracy", "step",
        "seconds", "run", "message",
    }  # fmt: skip
    assert found["best"] == min(found["trials"], key=lambda one: one["loss"])["trial"]
    assert sweep(*OVER, "--name", "widths")[0] == 2
    Store(Path("net.runs")).delete(2)
    again = json.loads(sweep(*OVER, "--json", "--resume")[1])
    assert [one["run"] for one in again["trials"]] == [1, 4, 3]
    assert [one["loss"] for one in again["trials"]] == [one["loss"] for one in found["trials"]]
    Store(Path("net.runs")).delete(3)
    assert [one["run"] for one in json.loads(sweep("--json", "--resume")[1])["trials"]] == [1, 4, 5]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--over", "lr=1"), ""),
        (("--over", "lrr=1"), "--over: There is nothing called “lrr” to vary; do you mean"),
        (("--over", "lr=0.1..1"), "--over: learning_rate=0.1..1 needs a number of values for a grid, 1 to 1000:"),
        (("--over", "lr=0.1,1", "--resume"), "There is nothing to go on with"),
        (("--over", "lr=0.1,1", "--out", "best.txt"), "best.txt must end in .grad"),
        ((), "--over: Nothing varies. Say over what: lr=0.001..1:log:5."),
        (("--resume",), "There is nothing to go on with: no sweep is kept. Say --over what."),
    ],
)
def test_bad_input_is_told(sweep: Any, words: tuple[str, ...], told: str) -> None:
    """What can't be swept over ends with 2, a sentence with place and remedy, and nothing kept."""
    code, _, err = sweep(*words, "--steps", "1")
    assert code == (2 if told else 0)
    assert told in err
    assert Path("net.runs").exists() is not bool(told)


def test_where_no_trial_comes_to_its_end(sweep: Any) -> None:
    """A sweep without any result ends with 1 and tells why."""
    code, _, err = sweep("--over", "lr=1e6,1e5", "--over", "optimizer=sgd", "--steps", "50", "--no-keep")
    assert code == 1
    assert "No trial came to its end. The first one: " in err
    assert not Path("net.runs").exists()


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_keeps_what_is_done(in_tmp_path: Path, checkout: Path) -> None:
    """Stopped by Ctrl+C the command ends with 130, what is done is kept, and --resume goes on."""
    files.write(spiral(), Path("net.grad"))
    words = ["sweep", "net.grad", "--over", "steps=5,6,100000000", "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "gradstudio.cli", *words], env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(Store(Path("net.runs")).listing().runs) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "2 of 3 trials are done, they are kept as “sweep1”; the same command with --resume goes on." in err
    assert len(Store(Path("net.runs")).listing().runs) == 2
