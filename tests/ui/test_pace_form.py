"""The inspector's fields for schedules, limits and early stopping: grouped, folded, and only those that matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from gradstudio.document.commands import set_frozen
from gradstudio.document.course import Settings
from gradstudio.ui.dialogs.ratefinder import RateFinderDialog
from gradstudio.ui.inspector.network import NetworkPage
from gradstudio.ui.window import MainWindow
from tests.training.networks import spiral

Make = Callable[..., MainWindow]


def page_of(window: MainWindow) -> NetworkPage:
    """The network's page."""
    window.studio.select()
    assert isinstance(window.inspector.page, NetworkPage)
    return window.inspector.page


def test_fields_are_there_where_they_matter(make_window: Make) -> None:
    """A plateau has patience, threshold and least rate; cosine a period; the gain is asked where training can stop."""
    window = make_window(spiral())
    page = page_of(window)

    def shown() -> set[str]:
        return {name for name, field in page.pace.fields.items() if field.isVisibleTo(page.pace)} - {"schedule"}

    for name in ("_schedule", "_limits", "_stop"):
        getattr(page.pace, name).unfold(True)
    always = {"warmup", "weight_decay", "clip_norm", "clip_value", "stop_patience"}
    assert shown() == always
    page.pace.fields["schedule"].submit("cosine")
    assert shown() == always | {"period"}
    page.pace.fields["schedule"].submit("plateau")
    page.pace.fields["stop_patience"].submit("50")
    assert shown() == always | {"factor", "patience", "threshold", "least_rate", "stop_delta"}
    assert window.studio.document.settings.stop_patience == 50


def test_what_is_set_is_told_beside_the_titles(make_window: Make) -> None:
    """A folded section says what is set in it, and is unfolded where something is; a field refuses in a sentence."""
    page = page_of(make_window(spiral(schedule="plateau", warmup=20, weight_decay=0.1, clip_norm=1.0)))
    texts = [button.text() for button in page.pace.findChildren(QToolButton) if button.isCheckable()]
    assert texts == ["Schedule  ·  on a plateau, warm-up 20", "Decay and limits  ·  λ 0.1, ‖g‖ ≤ 1", "Early stopping"]
    assert page.pace.fields["patience"].isVisibleTo(page.pace)
    assert not page.pace.fields["stop_patience"].isVisibleTo(page.pace)
    assert not page.pace.fields["stop_patience"].submit("0")
    assert "whole number from 1" in page.pace.fields["stop_patience"].error.text()


def test_all_settings_have_a_field_with_a_name_and_a_help(make_window: Make) -> None:
    """Whatever a file can say of the training can be said in the window."""
    page = page_of(make_window(spiral()))
    assert page.fields.keys() == set(Settings.__dataclass_fields__)
    for name, field in page.fields.items():
        assert field.editor.accessibleName(), name
        assert field.editor.accessibleDescription().endswith("."), name


def test_the_button_beside_the_rate_finds_one(make_window: Make, qtbot: Any) -> None:
    """It is reached by Tab from the learning rate, and opens the finder; frozen nodes are named below."""
    window = make_window(spiral())
    page = page_of(window)
    window.studio.do(set_frozen(window.studio.document, [window.studio.document.named("hidden").id], True))  # type: ignore[union-attr]
    assert page._frozen.text() == "Frozen: hidden"
    page.fields["learning_rate"].editor.setFocus()
    QTest.keyClick(page.fields["learning_rate"].editor, Qt.Key.Key_Tab)
    assert page.finder.hasFocus()
    QTest.keyClick(page.finder, Qt.Key.Key_Space)
    (dialog,) = window.findChildren(RateFinderDialog)
    dialog.reject()


def test_an_early_stop_is_told_in_the_window(make_window: Make, qtbot: Any) -> None:
    """A message says when and why it stopped, and the inspector says afterwards of which step the weights are."""
    window = make_window(spiral(stop_patience=30, stop_delta=0.01, learning_rate=0.05, steps=2000))
    page = page_of(window)
    said: list[str] = []
    window.studio.messageShown.connect(said.append)
    window.studio.train()
    qtbot.waitUntil(lambda: window.studio.document.training.step > 0 and not window.studio.running, timeout=20_000)
    qtbot.waitUntil(lambda: any(words.startswith("Training stopped early at step") for words in said))
    best = int(window.studio.document.training.watched["best_step"])
    assert page.pace._lowest.text().startswith(f"Stopped early: the weights of step {best} are back")
    window.studio.undo()
    assert window.studio.document.training.step == 0
