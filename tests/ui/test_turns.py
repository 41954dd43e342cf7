"""Numbers that stream: shown in turns, without anything being laid out anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gradstudio.document.model import Document
from gradstudio.training.snapshot import Snapshot, Status
from gradstudio.ui.bridge import Studio
from gradstudio.ui.steady import LESS, Steady
from gradstudio.ui.theme import mono_font
from gradstudio.ui.turns import Turn

RUNNING, RESTING = Snapshot(status=Status.RUNNING), Snapshot()


class Requests(QObject):
    """Counts how often a widget is asked to lay itself out."""

    count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Count one."""
        self.count += event.type() is QEvent.Type.LayoutRequest
        return False


@pytest.fixture
def studio(qtbot: QtBot) -> Iterator[Studio]:
    """An empty studio, closed at the end."""
    made = Studio(Document())
    try:
        yield made
    finally:
        made.close()


def row(qtbot: QtBot, *, elastic: bool = False) -> tuple[QWidget, QLabel, Steady, Requests]:
    """A label in its place in a row that counts how often it is laid out."""
    holder, label, requests = QWidget(), QLabel("12345"), Requests()
    label.setFont(mono_font(12))
    place = Steady(label, elastic=elastic)
    box = QHBoxLayout(holder)
    box.addWidget(place)
    holder.resize(400, 40)
    qtbot.addWidget(holder)
    holder.show()
    QCoreApplication.processEvents()
    holder.installEventFilter(requests)
    return holder, label, place, requests


def test_numbers_of_one_length_lay_out_nothing(qtbot: QtBot) -> None:
    """Other texts, shorter ones too, ask no layout, and are shown whole."""
    _, label, place, requests = row(qtbot)
    for text in ("54321", "1.234", "12", "99999"):
        place.say(text)
        QCoreApplication.processEvents()
        assert label.text() == text
        assert label.width() >= label.fontMetrics().horizontalAdvance(text)
    assert requests.count == 0


def test_a_longer_text_gets_its_room(qtbot: QtBot) -> None:
    """A text that needs more room than it ever had gets it, and gives it back once it needs much less."""
    _, label, place, requests = row(qtbot)
    place.say("1234567890")
    QCoreApplication.processEvents()
    assert requests.count > 0
    assert label.width() >= label.fontMetrics().horizontalAdvance("1234567890")
    place.say("1")
    QCoreApplication.processEvents()
    assert place.width() < label.fontMetrics().horizontalAdvance("1") + LESS + 1


def test_an_elastic_one_takes_what_there_is(qtbot: QtBot) -> None:
    """An elastic one is as wide as its place and asks for nothing, whatever it says."""
    holder, label, place, requests = row(qtbot, elastic=True)
    wide = label.width()
    place.say("a text that is longer than the window is wide, by far, and by far")
    QCoreApplication.processEvents()
    assert (label.width(), requests.count) == (wide, 0)
    holder.resize(200, 40)
    QCoreApplication.processEvents()
    assert label.width() < wide
    assert place.minimumSizeHint().width() == 0


def make_turn(studio: Studio, least: float = 0.0) -> tuple[Turn, list[bool]]:
    """A turn, and whether the pace was held each time it came."""
    held: list[bool] = []
    note: Callable[[], None] = lambda: held.append(studio.session.pace.busy)  # noqa: E731 - it needs a type
    return Turn(studio, note, least, studio), held


def test_numbers_at_rest_are_shown_at_once(studio: Studio) -> None:
    """What stays is shown right away, also where a turn was awaited."""
    turn, held = make_turn(studio)
    turn.come(RUNNING)
    assert not held
    turn.come(RESTING)
    assert held == [False]
    assert not turn.isActive()


def test_streaming_numbers_wait_for_their_turn(studio: Studio, qtbot: QtBot) -> None:
    """While training runs the turn comes soon, once for all numbers until then, and training waits meanwhile."""
    turn, held = make_turn(studio)
    for _ in range(5):
        turn.come(RUNNING)
    qtbot.waitUntil(lambda: bool(held))
    assert held == [True]
    assert not studio.session.pace.busy


def test_turns_come_no_more_often_than_wanted(studio: Studio, qtbot: QtBot) -> None:
    """Numbers that come too soon after the last turn are passed over; those that stay are not."""
    turn, held = make_turn(studio, 3600.0)
    turn.come(RUNNING)
    qtbot.waitUntil(lambda: bool(held))
    turn.come(RUNNING)
    assert not turn.isActive()
    turn.come(RESTING)
    assert len(held) == 2


def test_turns_lie_apart(studio: Studio) -> None:
    """Parts of a window that are made one after the other have different turns."""
    waits = [make_turn(studio)[0].interval() for _ in range(5)]
    assert len(set(waits)) == 5
