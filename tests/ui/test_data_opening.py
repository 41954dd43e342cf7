"""Networks whose data is moved, changed or broken: they open, say what is missed, and compute once it is found."""

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from gradstudio import files
from gradstudio.data import arriving
from gradstudio.data.drafts import Draft, Source, look
from gradstudio.data.learner import Task, built
from gradstudio.data.record import text_of
from gradstudio.data.shelf import SHELF
from gradstudio.document.building import Fresh
from gradstudio.document.model import Document
from gradstudio.document.shapes import infer
from gradstudio.engine.supply import SUPPLY
from gradstudio.training.snapshot import Status
from gradstudio.ui import going
from tests.ui.owndata import dialogs, fruits, read, until


@pytest.fixture(autouse=True)
def _own_supply():
    """Nothing that is read here stays on the shelf of the process."""
    before = SUPPLY.provider
    SUPPLY.provider = None
    yield
    SHELF.clear()
    SUPPLY.provider = before
    SUPPLY.changed()


def saved(folder: Path) -> Path:
    """A network that learns a file beside it; nobody remembers that file."""
    path = fruits(folder)
    looked: Any = look(Draft(Source.of_file(path)))
    document, fresh = Document(), Fresh("data", 0.0, 0.0, params={"record": text_of(looked.record)})
    document.apply(built(document, fresh, "8-relu", Task.of(looked.prepared), 16)[0])
    files.write(document, folder / "fruits.grad")
    SHELF.clear()
    return folder / "fruits.grad"


def opened(window, path: Path):
    """The window with the network of a file; its data node is selected once all is quiet."""
    window.files.open_path(path)
    until(lambda: not window.arrivals._open)
    window.studio.select((window.studio.document.named("data").id,))
    return window.inspector.page


def computed(window) -> bool:
    """Whether there is a loss."""
    snapshot = window.studio.snapshot()
    return snapshot is not None and snapshot.loss is not None and not infer(window.studio.document).problems


def test_data_beside_the_network_is_read_and_computed(make_window, tmp_path) -> None:
    """A network opened where its file lies computes; nothing is to be saved, and nothing is told."""
    window = make_window(Document())
    page = opened(window, saved(tmp_path))
    until(lambda: computed(window))
    assert not window.studio.modified
    assert not window.toast.isVisible()
    assert page.data.facts.texts()["kept"] == "in its file, unchanged"


def test_the_window_doesnt_wait_for_reading(make_window, tmp_path, monkeypatch) -> None:
    """While a file is read the network is there and its node says so; then numbers appear, without an edit."""
    go_on, original = threading.Event(), arriving.bring_in

    def slowly(*args: Any) -> None:
        go_on.wait(20)
        original(*args)

    monkeypatch.setattr(arriving, "bring_in", slowly)
    window = make_window(Document())
    window.files.open_path(saved(tmp_path))
    document = window.studio.document
    window.studio.select((document.named("data").id,))
    said = "“data”: fruits.csv is being read; its numbers appear as soon as it is."
    assert [finding.message for finding in infer(document).problems] == [said]
    assert window.inspector.page.data.told == said
    assert window.inspector.page.data.facts.texts()["kept"] == "being read…"
    assert not window.toast.isVisible()
    QTest.qWait(50)
    go_on.set()
    until(lambda: computed(window))
    assert window.inspector.page.data.facts.texts()["samples"] == "42 / 10 / 8"
    assert window.studio.history.titles == ()


def test_a_file_that_is_gone_is_asked_for_and_found(make_window, tmp_path) -> None:
    """One sentence in toast, problems and inspector; nothing else is lost; once found, all computes and trains."""
    path = saved(tmp_path)
    elsewhere = (tmp_path / "fruits.csv").rename(tmp_path / "moved.csv")
    before = path.read_bytes()
    window = make_window(Document())
    page = opened(window, path)
    said = (
        "“data”: fruits.csv: expected the file this network was made with, found none of this name. "
        "Put it beside the network, or choose it again."
    )
    assert window.toast.text == said
    assert window.toast.isVisible()
    assert page.data.told == said
    assert not page.data.find_.isHidden()
    assert page.data.edit.isHidden()
    panel: Any = going.to_dock(window, "problems")
    until(lambda: panel.model.problems)
    assert panel.model.index(0).data() == said
    assert panel.fix.text() == "Find file…"
    assert files.dumps(window.studio.document) == before
    panel.fix.click()
    (dialog,) = [found for found in window.findChildren(QFileDialog) if found.isVisible()]
    assert dialog.windowTitle() == "Find fruits.csv"
    dialog.fileSelected.emit(str(elsewhere))
    dialog.close()
    until(lambda: computed(window))
    assert not panel.model.problems
    assert not window.studio.modified
    window.studio.train(20)
    until(lambda: window.studio.document.training.step == 20 and window.studio.status is Status.IDLE)


def test_what_one_window_finds_the_others_have(make_window, tmp_path) -> None:
    """Two networks that miss the same file: found for one of them, it is there for both, and the other computes too."""
    path = saved(tmp_path)
    elsewhere = (tmp_path / "fruits.csv").rename(tmp_path / "moved.csv")
    twin = tmp_path / "twin.grad"
    twin.write_bytes(path.read_bytes())
    window = make_window(Document())
    opened(window, path)
    window.files.open_beside(twin)
    (other,) = [one for one in window.windows.all if one is not window]
    until(lambda: infer(other.studio.document).problems)
    window.data.found(window.studio.document.named("data").id, elsewhere)
    until(lambda: computed(window) and computed(other))
    other.close_now()


def test_another_file_is_refused_or_prepared_anew(make_window, tmp_path) -> None:
    """A file of other contents is told by its digest; all the same it can be prepared, in one step."""
    path = saved(tmp_path)
    own = tmp_path / "fruits.csv"
    own.write_text(own.read_text().replace("blue", "violet"))
    window = make_window(Document())
    page = opened(window, path)
    assert "expected the contents this network was made with (sha256:" in page.data.told
    node = window.studio.document.named("data")
    window.data.found(node.id, own)
    until(lambda: [box for box in window.findChildren(QMessageBox) if box.isVisible()])
    (box,) = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    assert "Choose the file as it was, or prepare the data anew." in box.informativeText()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert window.studio.document.nodes[node.id] is node
    window.data.found(node.id, own)
    until(lambda: [box for box in window.findChildren(QMessageBox) if box.isVisible()])
    (box,) = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    box.buttons()[0].click()
    (dialog,) = dialogs(window)
    read(dialog).accept()
    until(lambda: computed(window))
    assert window.studio.history.titles == ("Choose data of data",)


def test_a_broken_file_beside_the_network_is_named(make_window, tmp_path) -> None:
    """A file whose contents can't be read any more is told like a changed one; undo, redo and saving go on."""
    path = saved(tmp_path)
    (tmp_path / "fruits.csv").write_bytes(b"\0\1\2" * 100)
    before = path.read_bytes()
    window = make_window(Document())
    page = opened(window, path)
    assert "found others (sha256:" in page.data.told
    window.studio.save()
    assert path.read_bytes() == before


def test_a_window_that_closes_while_it_reads_leaves_nothing_behind(make_window, tmp_path, monkeypatch) -> None:
    """Closing gives reading up: no thread and no timer is left, and no other window waits for it."""
    go_on = threading.Event()
    monkeypatch.setattr(arriving, "bring_in", lambda *_: go_on.wait(20))
    window = make_window(Document())
    window.files.open_path(saved(tmp_path))
    record = window.studio.document.named("data").params["record"]
    assert SHELF.awaits(record)
    window.close_now()
    assert not SHELF.awaits(record)
    go_on.set()
