"""Data in networks: records, files that come and go, tables kept in the network file, training from the disk."""

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from gradstudio import files
from gradstudio.data import preparing
from gradstudio.data.errors import NotAtHand, TooLarge, Unsuited
from gradstudio.data.finding import find_files, take_file
from gradstudio.data.preparation import Preparation
from gradstudio.data.reading import RECOGNISE
from gradstudio.data.record import DataRecord, embedded, record_of, text_of
from gradstudio.data.shelf import Shelf, shipped_record
from gradstudio.data.shipped import SHIPPED, read_shipped
from gradstudio.document.compile import compile_document
from gradstudio.document.model import Document, Patch
from gradstudio.document.recompile import recompile
from gradstudio.engine.supply import SUPPLY
from gradstudio.training.trainer import Trainer
from tests.document.build import Net

TABLE = "a,b,c\n" + "\n".join(f"{i * 7 % 11},{'uv'[i % 2]},{'xyz'[i % 3]}" for i in range(60)) + "\n"
HOW = Preparation(("a", "b"), "c", "classification")


@pytest.fixture
def shelf():
    """A shelf that answers the data nodes for the time of a test."""
    before = SUPPLY.provider
    made = Shelf()
    made.install()
    yield made
    SUPPLY.provider = before
    SUPPLY.changed()


def own(folder: Path, text: str = TABLE) -> Path:
    """A CSV file."""
    path = folder / "own.csv"
    path.write_text(text)
    return path


def record_for(path: Path, how: Preparation = HOW) -> DataRecord:
    """The record of a file."""
    table, digest = Shelf().load(path)
    return DataRecord(table.kind, path.name, digest, RECOGNISE, how)  # type: ignore[arg-type]


def network(record: DataRecord | str, **params) -> Document:
    """Data, a layer and a loss."""
    net = Net()
    text = record if isinstance(record, str) else text_of(record)
    net.add("data", "data", record=text, **params)
    net.add("dense", "scores", units=3)
    net.add("softmax_cross_entropy", "loss")
    for source, target in (("data.X", "scores.x"), ("scores.z", "loss.scores"), ("data.labels", "loss.labels")):
        net.wire(source, target)
    return net.doc


def batch(document: Document, size: int) -> None:
    """Set the batch size."""
    document.apply(Patch("Batch", settings=replace(document.settings, batch_size=size)))


def problem(document: Document) -> str:
    """What keeps the data from being computed."""
    return compile_document(document).problems[0].message


def test_a_network_trains_on_a_file(shelf: Shelf, tmp_path: Path) -> None:
    """With its file at hand a network sees the part that trains, and learns."""
    shelf.load(own(tmp_path))
    document = network(record_for(tmp_path / "own.csv"))
    trainer = Trainer(document)
    assert trainer.compiled.samples == 42
    for _ in trainer.run(60):
        pass
    trainer.finish()
    first = trainer.history()["loss"][0]
    assert trainer.loss is not None
    assert trainer.loss < first


def test_a_file_that_is_gone_changed_or_broken_loses_nothing_else(shelf: Shelf, tmp_path: Path) -> None:
    """The node says in one sentence what is the matter; the network opens, is written again to the same bytes."""
    record = record_for(own(tmp_path))
    document = network(record)
    data = files.dumps(document)
    opened = files.loads(data)
    assert files.dumps(opened) == data
    assert "own.csv: expected the file this network was made with, found none" in problem(opened)
    assert len(opened.nodes) == 3
    own(tmp_path, TABLE + "1,u,x\n")
    (missing,) = find_files(opened, [tmp_path], shelf)
    assert isinstance(missing.problem, NotAtHand)
    assert "the contents this network was made with" in problem(opened)
    own(tmp_path)
    assert find_files(opened, [tmp_path], shelf) == ()
    assert compile_document(opened).problems == ()


def test_a_file_can_be_chosen_wherever_it_lies(shelf: Shelf, tmp_path: Path) -> None:
    """What a person chooses is taken if its contents are those the network knows, under any name."""
    record = record_for(own(tmp_path))
    document = network(record)
    other = (tmp_path / "own.csv").rename(tmp_path / "renamed.csv")
    take_file(record, other, shelf)
    assert compile_document(document).problems == ()
    other.write_text(TABLE.replace("x", "w"))
    with pytest.raises(NotAtHand):
        take_file(record, other, shelf)


def test_files_name_no_paths(tmp_path: Path) -> None:
    """A record with a way to the file, without a digest or with a field nobody knows is refused on reading."""
    told = json.loads(text_of(record_for(own(tmp_path))))
    for changed in ({"name": "/home/me/own.csv"}, {"name": "a\\b"}, {"digest": "sha256:12"}, {"more": 1}):
        with pytest.raises(ValueError, match="record needs"):
            network(json.dumps(told | changed))
    assert str(tmp_path) not in files.dumps(network(record_for(tmp_path / "own.csv"))).decode("latin-1")


def test_a_preparation_nobody_knows_is_a_problem_of_its_node(shelf: Shelf, tmp_path: Path) -> None:
    """A file whose preparation has a word of a later version opens; the node says which."""
    told = json.loads(text_of(record_for(own(tmp_path))))
    told["preparation"]["scaling"] = "quantile"
    assert "$.preparation.scaling" in problem(network(json.dumps(told)))


def test_tables_can_be_kept_in_the_network_file(shelf: Shelf, tmp_path: Path) -> None:
    """A table in the file gives the same arrays as its own file did, gaps and all, and nothing is to be found."""
    path = own(tmp_path, TABLE + ",v,x\n5,,y\n")
    how = msgspec.structs.replace(HOW, missing="mean")
    record = record_for(path, how)
    table, _ = shelf.load(path)
    kept, values, absent = embedded(table, record)
    document = files.loads(files.dumps(network(kept, table=values, absent=absent)))
    assert find_files(document, [], Shelf()) == ()
    outside, inside = (compile_document(one).sources[0].arrays for one in (network(record), document))
    for expected, found in zip(outside, inside, strict=True):
        assert np.array_equal(np.asarray(expected), np.asarray(found))
    node = next(iter(document.nodes.values()))
    assert record_of(str(node.params["record"])) == kept


def test_what_is_too_large_for_a_network_file_is_refused(monkeypatch, tmp_path: Path) -> None:
    """Pictures, and tables beyond the limit, are kept beside the network."""
    with pytest.raises(Unsuited, match="pictures or arrays"):
        embedded(read_shipped("digits"), shipped_record("digits"))
    monkeypatch.setattr("gradstudio.data.record.MOST_CELLS", 100)
    with pytest.raises(TooLarge, match="at most 100 cells"):
        embedded(read_shipped("iris"), shipped_record("iris"))


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "diabetes"])
def test_shipped_tables_need_no_file(shelf: Shelf, name: str) -> None:
    """A shipped table is at hand wherever the network is opened."""
    document = network(shipped_record(name))
    assert find_files(document, [], shelf) == ()
    assert compile_document(document).problems == ()


def test_the_task_and_the_gate_must_agree(shelf: Shelf) -> None:
    """Numbers to tell don't come out of a gate for classes; it says which one is meant."""
    assert "put Dataset (numbers) in its place" in problem(network(shipped_record("diabetes")))


def test_each_part_can_be_looked_at(shelf: Shelf, tmp_path: Path) -> None:
    """The three parts are those of the split; one without rows says so."""
    shelf.load(own(tmp_path))
    record = record_for(tmp_path / "own.csv")
    counts = [compile_document(network(record, part=part)).samples for part in ("training", "validation", "test")]
    assert counts == [42, 9, 9]
    whole = record_for(tmp_path / "own.csv", msgspec.structs.replace(HOW, validation=0, test=0))
    assert "No row is in the test part" in problem(network(whole, part="test"))


def test_training_from_the_disk_is_that_from_memory(shelf: Shelf, tmp_path: Path, monkeypatch) -> None:
    """Samples left on the disk train a network to the same bits as when all are held."""
    random = np.random.default_rng(0)
    monkeypatch.setattr("gradstudio.data.samples.BLOCK_BYTES", 1)
    header = b"\0\0\x08\x03" + np.array([90, 3, 3], ">i4").tobytes()
    (tmp_path / "x-images-idx3-ubyte").write_bytes(header + random.integers(0, 256, 810, dtype=np.uint8).tobytes())
    labels = b"\0\0\x08\x01" + np.array([90], ">i4").tobytes() + bytes(i % 3 for i in range(90))
    (tmp_path / "x-labels-idx1-ubyte").write_bytes(labels)
    how = Preparation(("image",), "label", "classification", scaling="min-max", layout="flat")
    record = record_for(tmp_path / "x-images-idx3-ubyte", how)
    trained = []
    for large in (2**28, 0):
        monkeypatch.setattr(preparing, "LARGE", large)
        fresh = Shelf()
        fresh.install()
        fresh.load(tmp_path / "x-images-idx3-ubyte")
        document = network(record)
        batch(document, 16)
        trainer = Trainer(document)
        assert isinstance(trainer.compiled.sources[0].arrays[0], np.ndarray) == bool(large)
        for _ in trainer.run(20):
            pass
        trained.append(trainer.plan.parameters.copy())
    assert (trained[0] == trained[1]).all()
    document = network(record)
    assert "set a batch size" in problem(document)


def test_a_file_found_later_is_compiled_in(shelf: Shelf, tmp_path: Path) -> None:
    """Once a file is at hand what was compiled without it is no start for compiling: its node is computed."""
    record = record_for(own(tmp_path))
    document = network(record)
    before = compile_document(document)
    assert len(before.problems) == 1
    find_files(document, [tmp_path], shelf)
    after = recompile(before, document, set(), set())
    assert (after.problems, after.samples) == ((), 42)
