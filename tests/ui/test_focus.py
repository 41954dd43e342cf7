"""By keyboard alone: whatever takes the focus has a name and shows that it has it."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget

from tests.ui.pictures.compare import pixels

LEAST = 12
"""So many pixels at least look otherwise where the focus is."""


def stops(root: QWidget) -> list[QWidget]:
    """What Tab can lead to."""
    found = root.findChildren(QWidget)
    return [w for w in found if w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]


def looks(widget: QWidget) -> np.ndarray:
    """How a widget and its rim are painted now."""
    top = widget.window()
    rim = QRect(widget.mapTo(top, QPoint(0, 0)), widget.size()).adjusted(-3, -3, 3, 3)
    return pixels(top.grab(rim).toImage())


def in_view(widget: QWidget) -> bool:
    """Whether no scroll area hides it."""
    return widget.visibleRegion().boundingRect().height() > widget.height() // 2


def unseen(root: QWidget) -> Iterator[str]:
    """What takes the focus without showing it."""
    every = [widget for widget in stops(root) if in_view(widget)]
    for widget in every:
        elsewhere = next(other for other in every if other is not widget and not widget.isAncestorOf(other))
        elsewhere.setFocus(Qt.FocusReason.TabFocusReason)
        before = looks(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        after = looks(widget)
        changed = before.shape != after.shape or (np.abs(before - after).max(axis=2) > 20).sum() >= LEAST
        if widget.hasFocus() and not changed:
            yield f"{type(widget).__name__} “{widget.accessibleName()}”"


def unnamed(root: QWidget) -> list[str]:
    """What takes the focus without a name for screen readers."""
    names = ((w, w.accessibleName() or (w.text() if isinstance(w, QAbstractButton) else "")) for w in stops(root))
    return [f"{type(w).__name__} in {type(w.parent()).__name__}" for w, name in names if not name.strip()]


@pytest.fixture
def window(make_window):
    """A window with every panel that is there at first, a table, and a node selected."""
    window = make_window("sum-times-z", (1300, 900), panels=True)
    window.actions_by_id["table"].trigger()
    window.docks.load_visible()
    window.studio.select((window.studio.document.named("f").id,))
    QApplication.processEvents()
    return window


def test_whatever_has_the_focus_shows_it(window) -> None:
    """Every button, field, list, tab and area Tab leads to looks otherwise while it has the focus."""
    assert len(stops(window)) > 30
    assert list(unseen(window)) == []


def test_whatever_takes_the_focus_is_named(window) -> None:
    """Every one of them has a name a screen reader can say, in the window and in its dialogs."""
    assert unnamed(window) == []
    ask = window.actions_by_id["new_from_text"].trigger
    for show in (window.pictures.export, window.help.gates, window.help.keys, ask):
        show()
        (dialog,) = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
        assert stops(dialog)
        assert unnamed(dialog) == []
        dialog.reject()
