"""`gradstudio train` keeps its runs, and goes on with one a crash has ended."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradstudio import files
from gradstudio.cli import main
from gradstudio.cli.failures import InputError
from gradstudio.cli.keeping import seconds_of
from gradstudio.runs import Outcome, Store
from tests.training.networks import spiral


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small network's file, in the folder the commands run in."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.grad"
    files.write(spiral(6, batch_size=32, steps=40), path)
    return path


def test_a_run_is_kept_beside_the_file(net: Path) -> None:
    """Each training adds one run: the network it left, the loss that is told, and how it was trained."""
    assert main(["train", "net.grad", "--out", "out.grad"]) == 0
    assert main(["train", "net.grad", "--steps", "7", "--learning-rate", "0.5"]) == 0
    store = Store(net.with_name("net.runs"))
    first, second = store.listing().runs
    assert (first.step, first.outcome, first.origin) == (40, Outcome.FINISHED, "command line")
    assert (second.step, second.settings.learning_rate) == (7, 0.5)
    assert store.network_path(1).read_bytes() == net.with_name("out.grad").read_bytes()
    assert first.result.loss is not None
    assert store.listing().complaints == ()


def test_no_keep_keeps_nothing(net: Path) -> None:
    """With --no-keep the folder stays as it was."""
    assert main(["train", "net.grad", "--no-keep"]) == 0
    assert [path.name for path in net.parent.iterdir()] == ["net.grad"]


def test_a_folder_that_cannot_be_written_ends_no_training(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the run can't be kept that is said on standard error, and the result is there all the same."""
    net.with_name("net.runs").write_text("in the way")
    assert main(["train", "net.grad", "--out", "out.grad"]) == 0
    said = capsys.readouterr()
    assert "this run isn't kept: " in said.err
    assert "Kept as" not in said.out
    assert net.with_name("out.grad").exists()


def test_a_run_that_diverges_is_kept_with_its_reason(net: Path) -> None:
    """A diverged run says so, why, and holds the last sound state."""
    document = spiral(6, optimizer="sgd", learning_rate=1e6)
    files.write(document, net)
    assert main(["train", "net.grad", "--steps", "50"]) == 1
    (run,) = Store(net.with_name("net.runs")).listing().runs
    assert run.outcome is Outcome.DIVERGED
    assert "step" in run.message
    assert run.step < 50


@pytest.mark.parametrize("signal_sent", [signal.SIGKILL, signal.SIGINT], ids=["killed", "Ctrl+C"])
def test_what_was_ended_midway_goes_on_bit_equal(net: Path, signal_sent: signal.Signals) -> None:
    """A run that was killed, or stopped with Ctrl+C, and goes on ends with the bytes of one that wasn't."""
    words = [sys.executable, "-m", "gradstudio.cli", "train", "net.grad", "--steps", "100000000"]
    store = Store(net.with_name("net.runs"))
    with subprocess.Popen([*words, "--checkpoint-every", "0.05s"], cwd=net.parent, stderr=subprocess.PIPE) as process:
        while not store.listing().runs:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal_sent)
        process.communicate()
    (run,) = store.listing().runs
    assert run.outcome is (Outcome.RUNNING if signal_sent is signal.SIGKILL else Outcome.STOPPED)
    step = store.network(1).training.step
    assert step >= run.step > 0, "the network is written before what is known of it"
    assert not store.going_on(run)
    assert main(["train", "net.grad", "--resume", "--steps", "100", "--out", "resumed.grad"]) == 0
    assert main(["train", "net.grad", "--steps", str(step + 100), "--out", "once.grad", "--no-keep"]) == 0
    assert net.with_name("resumed.grad").read_bytes() == net.with_name("once.grad").read_bytes()
    (again,) = store.listing().runs
    assert (again.number, again.outcome, again.step) == (1, Outcome.FINISHED, step + 100)
    assert again.seconds > run.seconds
    assert store.network_path(1).read_bytes() == net.with_name("once.grad").read_bytes()


def test_there_must_be_a_run_to_go_on_with(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where each run has come to its end, or the options belong to a start, --resume is refused in a sentence."""
    assert main(["train", "net.grad"]) == 0
    assert main(["train", "net.grad", "--resume"]) == 2
    assert "can go on: each has come to its end" in capsys.readouterr().err
    assert main(["train", "net.grad", "--resume", "--seed", "3"]) == 2
    assert "goes on as the run began" in capsys.readouterr().err


def test_times_are_read() -> None:
    """A time is a number of seconds, minutes or hours, or never; anything else is refused."""
    assert [seconds_of(text) for text in ("60s", "5m", "1h", "90", "0.5 s", "never")] == [60, 300, 3600, 90, 0.5, None]
    for text in ("0s", "soon", "-5s", "5 days", ""):
        with pytest.raises(InputError, match="needs a time such as 60s"):
            seconds_of(text)


def test_a_verdict_on_the_test_part_is_noted(net: Path) -> None:
    """evaluate notes what it finds on the run that left the network so; so does train --evaluate test."""
    assert main(["new", "8-relu", "own.grad", "--data", "iris"]) == 0
    assert main(["train", "own.grad", "--steps", "20", "--out", "own.grad"]) == 0
    store = Store(net.with_name("own.runs"))
    assert store.get(1).result.test_loss is None
    assert main(["evaluate", "own.grad"]) == 0
    assert main(["train", "own.grad", "--steps", "5", "--evaluate", "test"]) == 0
    first, second = store.listing().runs
    assert first.result.test_accuracy is not None
    assert second.result.test_loss not in (None, first.result.test_loss)
