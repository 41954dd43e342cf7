"""Sweeps under way: processes that train trials."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gradstudio import files
from gradstudio.document import commands
from gradstudio.document.model import Document, Patch
from gradstudio.runs import Outcome, Store, axes
from gradstudio.runs.sweep import Metric, Plan, variant
from gradstudio.runs.sweeping import Sweeping
from gradstudio.runs.sweepkept import free_name, made_already, sweeps
from gradstudio.training.trainer import Trainer
from tests.training.networks import spiral

PATIENCE = 60.0


def plan(*over: str, steps: int = 20, metric: Metric = Metric.LOSS) -> Plan:
    """A plan for the spiral classifier."""
    return Plan(tuple(axes.parse(spiral(), text) for text in over), steps, metric=metric, name="s")


def finished(sweeping: Sweeping) -> Sweeping:
    """A sweep carried out to its end."""
    sweeping.start()
    sweeping.join()
    return sweeping


def judged(trainer: Trainer) -> Trainer:
    """What a trained network makes of all its rows, without the penalty on its weights."""
    ended = trainer.document.copy()
    ended.apply(Patch("", training=trainer.training(), settings=replace(trainer.settings, batch_size=None)))
    decay = ended.named("decay")
    assert decay is not None
    ended.apply(commands.set_param(ended, [decay.id], "strength", 0.0))
    whole = Trainer(ended)
    whole.evaluate()
    return whole


def wait_for(truth: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not truth():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def rests(sweeping: Sweeping) -> bool:
    """Whether no trial makes a step for a while."""
    before = sweeping.underway
    time.sleep(0.4)
    return sweeping.underway == before


def learned(store: Store) -> dict[object, dict[str, bytes]]:
    """The bytes of every parameter, by trial."""
    runs = store.listing().runs
    networks = {run.varied["trial"]: store.network(run.number) for run in runs}
    return {n: {k: a.tobytes() for k, a in made.training.parameters.items()} for n, made in networks.items()}


def test_every_worker_and_order_gives_the_same_bits(tmp_path: Path) -> None:
    """One worker and three leave the same parameters, bit for bit: those of training that network alone."""
    made = plan("lr=0.01,0.1", "hidden.units=3,5", "seed=1,2")
    one, three = Store(tmp_path / "one.runs"), Store(tmp_path / "three.runs")
    a = finished(Sweeping(spiral(), made, one, workers=1))
    b = finished(Sweeping(spiral(), made, three, workers=3))
    assert learned(one) == learned(three)
    assert [done.run.result for done in a.done] == [done.run.result for done in b.done]
    trial = a.trials[5]
    alone = Trainer(variant(spiral(), trial.values, 20))
    for _ in alone.run(20):
        pass
    alone.finish()
    assert learned(one)[6] == {key: array.tobytes() for key, array in alone.training().parameters.items()}
    assert a.done[5].run.result.loss == judged(alone).loss


def test_trials_are_runs(tmp_path: Path) -> None:
    """Each trial is kept with the sweep's name, its values and its result, and the best one is found."""
    store = Store(tmp_path / "a.runs")
    sweeping = finished(Sweeping(spiral(), plan("lr=0.00001,0.05"), store))
    first, second = store.listing().runs
    assert (first.name, first.origin, first.outcome, first.step) == ("s #1", "sweep", Outcome.FINISHED, 20)
    assert dict(second.varied) == {"sweep": "s", "trial": 2, "learning_rate": 0.05}
    assert second.settings.learning_rate == 0.05
    assert sweeping.best is not None
    assert sweeping.best.trial.number == 2
    network = sweeping.network(sweeping.best)
    assert network is not None
    assert network.training.step == 20
    assert sweeping.share == 1.0


@pytest.mark.parametrize("batch", [None, 8])
def test_penalties_are_not_counted(batch: int | None) -> None:
    """A strong penalty on weights changes nothing of the loss that is told, with batches or without."""
    document = spiral(batch_size=batch, optimizer="sgd")
    made = Plan((axes.parse(document, "lr=1e-9"), axes.parse(document, "decay.strength=0,5")), 1, name="s")
    plain, punished = finished(Sweeping(document, made, None)).done
    assert punished.run.result.loss == pytest.approx(plain.run.result.loss, rel=1e-6)


def test_with_batches_all_rows_are_judged() -> None:
    """The loss of a trial with batches is that of the whole set, as the network ended."""
    done = finished(Sweeping(spiral(batch_size=8), plan("lr=0.01"), None)).done
    alone = Trainer(variant(spiral(batch_size=8), {"learning_rate": 0.01}, 20))
    for _ in alone.run(20):
        pass
    whole = judged(alone)
    assert done[0].run.result.loss == whole.loss != alone.loss
    assert done[0].run.result.accuracy == whole.accuracy


def test_without_a_folder_networks_are_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is kept the networks can be had all the same; where they are large, the best one."""
    sweeping = finished(Sweeping(spiral(), plan("lr=0.05,0.00001"), None))
    networks = [sweeping.network(done) for done in sweeping.done]
    assert [made.settings.learning_rate for made in networks if made is not None] == [0.05, 0.00001]
    monkeypatch.setattr("gradstudio.runs.sweeping.MEMORY", 1)
    sweeping = finished(Sweeping(spiral(), plan("lr=0.00001,0.05,0.00002"), None))
    assert [sweeping.network(done) is not None for done in sweeping.done] == [False, True, False]


def test_what_diverges_or_cannot_be_is_told(tmp_path: Path) -> None:
    """A trial that diverges or can't be trained is a run with the reason; the others go on."""
    document = spiral(optimizer="sgd")
    made = Plan((axes.parse(document, "lr=0.01,1e5"), axes.parse(document, "decay.strength=0.1,1000")), 200, name="s")
    done = finished(Sweeping(document, made, Store(tmp_path / "a.runs"))).done
    assert [one.run.outcome for one in done] == [Outcome.FINISHED, *[Outcome.DIVERGED] * 3]
    assert "Lower the learning rate" in done[3].run.message
    assert done[3].run.result.loss is None
    done = finished(Sweeping(Document(), Plan((axes.parse(Document(), "lr=0.1,1"),), 5), None)).done
    assert "There is nothing to minimise" in done[0].run.message


def test_it_pauses_goes_on_and_stops(tmp_path: Path) -> None:
    """Paused no step is made; it goes on; stopped it ends with its threads and processes, and keeps no part."""
    store = Store(tmp_path / "a.runs")
    sweeping = Sweeping(spiral(), plan("lr=0.01,0.02,0.03", steps=10**7), store, workers=2)
    sweeping.start()
    wait_for(lambda: len([one for one in sweeping.underway if one.step > 0]) == 2)
    sweeping.pause()
    wait_for(lambda: rests(sweeping))
    resting = sweeping.underway
    sweeping.go_on()
    wait_for(lambda: sweeping.underway[0].step > resting[0].step)
    sweeping.stop()
    assert not sweeping.running
    assert sweeping.done == ()
    assert store.listing().runs == ()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gradstudio-sweep")]


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_a_process_that_dies_takes_only_its_trial_with_it(tmp_path: Path) -> None:
    """Where a process is killed its trial says so, and the next trial gets another process."""
    sweeping = Sweeping(spiral(), plan("steps=10000000,5"), Store(tmp_path / "a.runs"))
    sweeping.start()
    wait_for(lambda: any(one.step > 0 for one in sweeping.underway))
    (hand,) = sweeping._hands
    assert hand._process is not None
    os.kill(hand._process.pid, signal.SIGKILL)
    sweeping.join()
    first, second = sweeping.done
    assert first.run.message.startswith("The process that trained it was killed by signal 9.")
    assert second.run.outcome is Outcome.FINISHED


def test_a_stopped_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    """Trials that are kept aren't made again; those of another network, plan or length are."""
    store, made = Store(tmp_path / "a.runs"), plan("lr=0.01,0.02,0.03")
    finished(Sweeping(spiral(), made, store))
    bits = learned(store)
    store.delete(2)
    known = made_already(store, made, spiral())
    assert sorted(known) == [1, 3]
    again = finished(Sweeping(spiral(), made, store, known=known))
    assert [one.run.number for one in again.done] == [1, 4, 3]
    assert learned(store) == bits
    assert made_already(store, made, spiral(units=21)) == {}
    assert made_already(store, plan("lr=0.01,0.02,0.03", steps=21), spiral()) == {}
    assert sorted(made_already(store, plan("lr=0.01,0.5,0.03"), spiral())) == [1, 3]
    assert list(sweeps(store.listing().runs)) == ["s"]
    assert free_name(store.listing().runs) == "sweep1"


def test_a_folder_that_cannot_be_written_loses_no_result(tmp_path: Path) -> None:
    """A trial that can't be kept is told with its result and the reason."""
    (tmp_path / "a.runs").write_text("no folder")
    sweeping = finished(Sweeping(spiral(), plan("lr=0.01"), Store(tmp_path / "a.runs")))
    (done,) = sweeping.done
    assert done.problem
    assert done.run.result.loss is not None


def test_data_lies_beside_the_network(tmp_path: Path) -> None:
    """A network that learns from a file finds it beside itself in every process; what is held back is measured."""
    from gradstudio.cli import main

    rows = "\n".join(f"{i},{(i * 7) % 10},{'a' if i % 2 else 'b'}" for i in range(60))
    (tmp_path / "own.csv").write_text(f"x,y,label\n{rows}\n")
    assert main(["new", "8-relu", str(tmp_path / "net.grad"), "--data", str(tmp_path / "own.csv")]) == 0
    document = files.read(tmp_path / "net.grad")
    made = Plan((axes.parse(document, "lr=0.01,0.1"),), 20, metric=Metric.VALIDATION_LOSS)
    done = finished(Sweeping(document, made, None, path=tmp_path / "net.grad")).done
    assert [one.run.message for one in done] == ["", ""]
    assert all(one.run.result.validation_loss is not None for one in done)
