"""Edits of large networks: painted where they were made, and the rest of the view with the new numbers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication

from gradstudio.document import commands
from gradstudio.document.model import Document
from gradstudio.ui.canvas import CanvasView, edited
from tests.ui.canvas.hands import Hands, Item, network


class Painted(QObject):
    """Notes the rectangles a view paints."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.rects: list[QRect] = []
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note, and let it paint."""
        if isinstance(event, QPaintEvent):
            self.rects.append(event.rect())
        return super().eventFilter(watched, event)


@contextmanager
def frozen(view: CanvasView) -> Iterator[None]:
    """No numbers arrive meanwhile: the studio doesn't ask for them."""
    timer = view.studio._timer
    timer.blockSignals(True)
    try:
        yield
    finally:
        timer.blockSignals(False)


def ladder() -> Document:
    """Constants in two columns, far apart."""
    nodes: dict[str, Item] = {
        f"c{i}": ("constant", 600.0 * (i % 2), 130.0 * (i // 2), {"value": np.array(0.5 * i)}) for i in range(8)
    }
    return network(nodes, "")


@pytest.fixture
def large(make_view: Callable[[Document], CanvasView], monkeypatch: pytest.MonkeyPatch) -> Hands:
    """A view of a network that is taken for a large one, at rest."""
    monkeypatch.setattr(edited, "MANY", 1)
    view = make_view(ladder())
    view.minimap.set_wanted(False)
    hands = Hands(view)
    hands.settle()
    return hands


def give(hands: Hands, name: str, value: float) -> None:
    """A constant gets another value."""
    node = hands.node(name).id
    hands.studio.do(lambda: commands.set_param(hands.document, [node], "value", np.array(value)))


def test_an_edit_is_painted_where_it_was_made(large: Hands) -> None:
    """Until there are new numbers just the edited node and its surroundings are painted."""
    view = large.view
    with frozen(view):
        painted = Painted(view)
        give(large, "c7", 2.0)
        QApplication.processEvents()
        assert painted.rects
        node = view.pixels(view.node_rect(large.node("c7").id))
        assert all(rect.contains(node) and rect.width() < 0.7 * view.width() for rect in painted.rects)


def test_the_rest_of_the_view_follows(large: Hands) -> None:
    """With the new numbers, or without them after a while, the view is as painted from scratch."""
    view, document = large.view, large.document
    for name, value in (("c7", 2.0), ("c0", 3.0)):
        give(large, name, value)
        large.settle()
        shown = view.grab().toImage()
        view.update()
        assert view.grab().toImage() == shown
    with frozen(view):
        painted = Painted(view)
        view.studio.do(lambda: commands.delete(document, [large.node("c3").id]))
        assert view._edited.isActive()
        view._edited.timeout.emit()
        QApplication.processEvents()
        assert any(rect == view.rect() for rect in painted.rects)
