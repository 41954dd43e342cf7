"""What somebody chooses about data, step by step; jobs that are watched and given up; a network behind a data node."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from gradstudio.data import drafts
from gradstudio.data.choosing import filled, tasked, typed, use_of, used
from gradstudio.data.drafts import TOYS, Draft, Source, summed_up
from gradstudio.data.errors import DataProblem, NotReadable, OnItsWay
from gradstudio.data.job import Job
from gradstudio.data.learner import Task, built
from gradstudio.data.preparation import Preparation, suggested
from gradstudio.data.preparing import prepare
from gradstudio.data.progress import GivenUp, told
from gradstudio.data.reading import Reading, read
from gradstudio.data.shelf import Shelf, shipped_record
from gradstudio.document.building import Fresh
from gradstudio.document.model import Document
from gradstudio.engine.errors import ShapeError
from gradstudio.engine.supply import Wanted

TEXT = "a,b,c\n" + "\n".join(f"{i},{'' if i == 4 else i * 3 % 7},{'xyz'[i % 3]}" for i in range(30)) + "\n"


def look(*args: Any) -> Any:
    """What comes of a draft; tests know what it holds."""
    return drafts.look(*args)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A CSV file."""
    path = tmp_path / "own.csv"
    path.write_text(TEXT)
    return path


def test_a_new_choice_reads_only_what_has_to_be_read(own: Path) -> None:
    """Another preparation takes the table that was read; another reading reads it again."""
    first = look(Draft(Source.of_file(own)))
    how = used(first.draft.preparation, first.table, ["b"], "out")
    second = look(Draft(first.draft.source, preparation=how), first)
    assert second.table is first.table
    assert second.prepared.fitted.names == ("a",)
    third = look(Draft(first.draft.source, Reading(header=False)), second)
    assert third.table is not first.table
    assert third.draft.preparation.target == "column 3"


def test_a_record_says_what_was_drafted(own: Path) -> None:
    """The record of a draft names file, digest, reading and preparation; a toy needs none."""
    looked = look(Draft(Source.of_file(own), Reading(delimiter=",")))
    record = looked.record
    assert (record.kind, record.name, record.reading.delimiter) == ("csv", "own.csv", ",")
    assert record.preparation == looked.draft.preparation
    assert look(Draft(Source("shipped", "iris"))).record == shipped_record("iris")
    assert look(Draft(Source("toy", "moons"))).record is None


def test_of_a_large_file_only_the_first_rows_are_read_to_be_shown(tmp_path: Path, monkeypatch) -> None:
    """A Parquet table that stays in its file is shown by its first rows, which are read once and alone."""
    table = pl.DataFrame({"a": range(200), "b": [i % 3 for i in range(200)]})
    table.write_parquet(tmp_path / "large.parquet")
    monkeypatch.setattr("gradstudio.data.frames.LARGE", 1)
    looked = look(Draft(Source.of_file(tmp_path / "large.parquet")))
    assert hasattr(looked.table.columns[0].values, "file")
    assert len(looked.first) == 50
    assert looked.first.preview()[7] == ["7", "1"]
    assert isinstance(looked.first.columns[0].values, np.ndarray)


@pytest.mark.parametrize("name", TOYS)
def test_toys_are_looked_at_like_tables(name: str) -> None:
    """Every toy has rows, a target of its task, and a sentence."""
    looked = look(Draft(Source("toy", name)))
    assert looked.problem is None
    classes = len(looked.prepared.fitted.classes)
    assert (classes > 1) == (looked.draft.preparation.task == "classification")
    assert "to train on" in summed_up(looked)


def test_uses_follow_each_other(own: Path) -> None:
    """A new target gives the old one back to the features; task and split are what is likely for it."""
    table = read(own)
    how = suggested(table)
    assert [use_of(how, name) for name in table.names] == ["feature", "feature", "target"]
    numbers = used(how, table, ["a"], "target")
    assert (numbers.target, numbers.features, numbers.task, numbers.split) == ("a", ("b", "c"), "regression", "random")
    assert tasked(numbers, "classification").split == "stratified"
    none = used(numbers, table, ["a", "b"], "out")
    assert (none.target, none.features) == ("", ("c",))
    with pytest.raises(DataProblem, match="expected a column to tell, found none"):
        prepare(table, none)


def test_gaps_are_filled_by_column(own: Path) -> None:
    """A column with a choice of its own keeps it while all others follow the table's."""
    table = read(own)
    how = Preparation(("a", "b"), "c", "classification", scaling="none", validation=0, test=0)
    with pytest.raises(DataProblem, match="line 6, column “b”"):
        prepare(table, how)
    mean = prepare(table, filled(how, ["b"], "mean")).training.X[4, 1]
    assert mean == pytest.approx(np.nanmean(table.column("b").values))
    assert len(prepare(table, filled(how, ["b"], "drop")).training.rows) == 29
    assert filled(filled(how, ["b"], "drop"), ["b"], None) == how
    assert typed(typed(Reading(), ["a"], "text"), ["a"], None) == Reading()


def test_a_job_tells_its_share_and_can_be_given_up() -> None:
    """What is read tells how far it is; given up, it ends at the next word and its result is none."""
    go_on = threading.Event()

    def work() -> int:
        told(1, 4)
        go_on.wait(10)
        told(2, 4)
        return 7

    job = Job(work)
    assert not job.start(0.05)
    assert job.share == 0.25
    job.give_up()
    go_on.set()
    while not job.ended:
        pass
    with pytest.raises(GivenUp):
        job.result()
    done = Job(lambda: 7)
    assert done.start(10)
    assert done.result() == 7


@pytest.mark.parametrize(
    ("error", "kind"), [(OSError(5, "Input/output error"), "NotReadable"), (MemoryError(), "TooLarge")]
)
def test_what_the_system_refuses_becomes_a_sentence(error: BaseException, kind: str) -> None:
    """Failing disks and full memory are told like broken files."""

    def work() -> None:
        raise error

    job = Job(work)
    job.start(10)
    with pytest.raises(DataProblem) as caught:
        job.result()
    assert type(caught.value).__name__ == kind
    assert isinstance(caught.value, NotReadable) or "memory" in str(caught.value)


def test_a_shelf_tells_what_is_on_its_way(own: Path) -> None:
    """What another thread reads isn't read twice: whoever asks is told to wait, and gets it afterwards."""
    shelf, looked = Shelf(), look(Draft(Source.of_file(own)))
    from gradstudio.data.record import text_of

    wanted = Wanted(text_of(looked.record), "training", None, None)
    shelf.expect([wanted.record])
    with pytest.raises(ShapeError, match=r"own\.csv is being read; its numbers appear") as caught:
        shelf.provide(wanted)
    assert isinstance(caught.value.__cause__, OnItsWay)
    shelf.put(own, Reading(), looked.table, looked.digest)
    shelf.expect_no_more([wanted.record])
    assert shelf.provide(wanted)[0].shape == looked.prepared.training.X.shape


def test_a_file_that_changes_under_the_shelf_is_no_longer_taken(own: Path) -> None:
    """A file that is read again in another way and has other contents by then is refused by its digest."""
    shelf, looked = Shelf(), look(Draft(Source.of_file(own)))
    shelf.put(own, Reading(), looked.table, looked.digest)
    own.write_text(TEXT.replace("x", "w"))
    import msgspec

    with pytest.raises(DataProblem, match="the contents this network was made with"):
        shelf.table(msgspec.structs.replace(looked.record, reading=Reading(header=True)))


def test_a_network_is_built_behind_its_data() -> None:
    """Behind spirals come layers, loss and settings, all in one patch; beside other nodes the loss is the objective."""
    made = look(Draft(Source("toy", "spiral"))).prepared
    document = Document()
    document.apply(built(document, Fresh("constant", 0, 0), None, Task.of(made), None)[0])
    patch, nodes = built(document, Fresh("spiral", 0, 0), "20-tanh", Task.of(made), 32)
    document.apply(patch)
    assert [document.nodes[i].gate for i in nodes] == ["spiral", "dense", "tanh", "dense", "softmax_cross_entropy"]
    assert document.settings.objective == nodes[-1]
    assert (document.settings.batch_size, document.settings.schedule) == (32, "cosine")


def test_numbers_far_from_one_are_told_in_their_own_units() -> None:
    """The last layer's answer is stretched by the target's deviation and shifted to its mean unless they're small."""
    y = np.array([[100_000.0], [300_000.0]], np.float32)
    document = Document()
    patch, nodes = built(document, Fresh("line_data", 0, 0), "4-relu", Task.of_target(0, y), None)
    document.apply(patch)
    gates = ["line_data", "dense", "relu", "dense", "constant", "multiply", "constant", "add", "mean_squared_error"]
    assert [document.nodes[i].gate for i in nodes] == gates
    held: Any = [document.named(name) for name in ("deviation", "mean")]
    assert [float(node.params["value"]) for node in held] == [1e5, 2e5]
    assert document.settings.learning_rate == 0.01
    assert not Task.of_target(0, (y - y.mean()) / y.std()).unscaled
    assert not Task.of_target(2, np.array([0, 1])).unscaled
