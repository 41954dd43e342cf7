"""States of a run under way: what goes on from one ends as the run it was taken from, to the bit."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from gradstudio import files
from gradstudio.data.shelf import Shelf
from gradstudio.document.commands import set_training
from gradstudio.document.model import Document, Patch, Settings
from gradstudio.engine.supply import SUPPLY
from gradstudio.training.keeping import Keeping, Log, Taken, Wishes
from gradstudio.training.trainer import Trainer
from tests.training.networks import spiral
from tests.training.test_modes import regular
from tests.training.test_validation import iris


@pytest.fixture(autouse=True)
def shelf() -> Iterator[None]:
    """A shelf that answers the data nodes for the time of a test."""
    before = SUPPLY.provider
    Shelf().install()
    yield
    SUPPLY.provider = before
    SUPPLY.changed()


def validated() -> Document:
    """Iris with rows held back, in batches."""
    document = iris(gates=("relu",))
    settings = Settings("momentum", 0.05, batch_size=16, schedule="cosine", period=150, clip_norm=1.0)
    document.apply(Patch("Set", settings=settings))
    return document


def on_a_plateau() -> Document:
    """Iris with rows held back; the rate is lowered on a plateau, and the best weights are watched for."""
    document = validated()
    settings = replace(document.settings, schedule="plateau", patience=20, stop_patience=150, learning_rate=0.5)
    document.apply(Patch("Set", settings=settings))
    return document


def kept_while_training(document: Document, steps: int, wishes: Wishes) -> tuple[Trainer, list[Taken]]:
    """Trains as the session does, and fetches what is kept after every step."""
    trainer, keeping = Trainer(document), Keeping(wishes)
    found: list[Taken] = []
    keeping.begin(1, trainer.step, trainer.step + steps, trainer.settings)
    for _ in trainer.run(steps):
        assert keeping.look(trainer)
        found += keeping.taken()
    keeping.end()
    return trainer, [*found, *keeping.taken()]


def whole(trainer: Trainer) -> bytes:
    """The trained network as a file: parameters, optimiser and curve."""
    document = trainer.document.copy()
    document.apply(set_training(document, trainer.training(), "Train"))
    return files.dumps(document)


@pytest.mark.parametrize(
    "make",
    [
        lambda: spiral(8, batch_size=32, optimizer="adam"),
        lambda: regular(batch_size=16, optimizer="rmsprop"),
        lambda: spiral(8, optimizer="sgd", dtype="float64", learning_rate=1.0),
        validated,
        on_a_plateau,
        lambda: spiral(8, batch_size=32, schedule="plateau", patience=5, stop_patience=150, learning_rate=0.3),
    ],
    ids=["adam", "dropout and batch norm", "sgd on all", "rows held back", "rows held back, plateau", "plateau"],
)
def test_going_on_from_a_state_is_bit_equal(make: Callable[[], Document]) -> None:
    """200 steps are 100, a state over a file, and 100 more: parameters, optimiser and curve to the byte."""
    straight, states = kept_while_training(make(), 200, Wishes(1e-9, best=False))
    state = next(one for one in states if one.training.step == 100)
    document = make()
    document.apply(set_training(document, state.training, "Go on"))
    again = Trainer(files.loads(files.dumps(document)))
    assert (again.step, len(again.curve.columns()["step"])) == (100, 100)
    list(again.run(100))
    assert whole(again) == whole(straight)


def test_keeping_changes_nothing() -> None:
    """A run that is looked at after every step ends as one nobody looks at."""
    watched, states = kept_while_training(spiral(4, batch_size=16), 60, Wishes(1e-9))
    alone = Trainer(spiral(4, batch_size=16))
    list(alone.run(60))
    assert len(states) > 50
    assert whole(watched) == whole(alone)


def test_the_best_state_is_that_of_the_lowest_validation_loss() -> None:
    """Where rows are held back, their loss decides, and the state is the one it was measured at."""
    trainer, states = kept_while_training(validated(), 200, Wishes(None))
    (best,) = [one for one in states if one.measured is not None]
    history = trainer.training().history
    held = history["validation_loss"]
    lowest = min(x for x in held.tolist() if not math.isnan(x))
    assert best.measured == ("validation_loss", lowest)
    assert best.training.step == history["step"][held.tolist().index(lowest)]


def test_without_rows_held_back_the_loss_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no rows are held back the best state is the one with the lowest loss that was looked at."""
    monkeypatch.setattr("gradstudio.training.keeping.LOOK_SECONDS", 0.0)
    monkeypatch.setattr("gradstudio.training.keeping.SHARE", 1e9)
    trainer, states = kept_while_training(spiral(8, learning_rate=1.5), 80, Wishes(None))
    (best,) = [one for one in states if one.measured is not None]
    losses = trainer.training().history["loss"].tolist()
    assert best.measured is not None
    assert best.training.step == losses.index(min(losses))
    assert best.measured[0] == "loss"


def test_nothing_wished_for_nothing_taken() -> None:
    """Without wishes no state is taken, of a long run either."""
    assert kept_while_training(validated(), 100, Wishes(None, best=False))[1] == []


def test_the_log_goes_on_over_pauses() -> None:
    """A log tells of all of its run, from before a pause too; another run has another one."""
    settings = Settings(learning_rate=0.1)
    keeping = Keeping()
    keeping.begin(1, 0, 50, settings)
    keeping.end()
    began = keeping.log
    keeping.begin(1, 30, 60, replace(settings, momentum=0.5))
    log = keeping.log
    assert log is not None
    assert began is not None
    assert (log.first, log.goal, log.settings, log.began) == (0, 60, settings, began.began)
    keeping.begin(2, 60, 90, settings)
    assert keeping.log is not None
    assert keeping.log.first == 60


def test_a_run_that_is_gone_on_with_has_its_own_log() -> None:
    """After a crash the run that begins takes over the log, whichever number the session gives it."""
    keeping = Keeping()
    keeping.go_on(Log(1, 123.0, 7.5, 0, 50, Settings(seed=3)), 0.25)
    keeping.begin(8, 20, 50, Settings())
    assert keeping.log == Log(8, 123.0, 7.5, 0, 50, Settings(seed=3))
