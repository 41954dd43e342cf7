"""A canvas with a network on it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradstudio.document.model import Document
from gradstudio.ui.bridge import Studio
from gradstudio.ui.canvas import CanvasView
from gradstudio.ui.canvas.camera import Camera
from tests.ui.canvas.hands import Hands, sum_times_z


@pytest.fixture
def make_view(qtbot: Any) -> Iterator[Callable[[Document], CanvasView]]:
    """Makes canvases that are shown at 100 % with the scene's origin at (60, 60)."""
    made: list[CanvasView] = []

    def make(document: Document, size: tuple[int, int] = (900, 560)) -> CanvasView:
        studio = Studio(document)
        view = CanvasView(studio)
        made.append(view)
        view.resize(*size)
        view.show()
        view.activateWindow()
        view.setFocus()
        QTest.qWaitForWindowActive(view)
        view._look(Camera(1.0, 60, 60))
        QApplication.processEvents()
        return view

    yield make
    for view in made:
        view.studio.close()
        view.close()
        view.deleteLater()


@pytest.fixture
def view(make_view: Callable[[Document], CanvasView]) -> CanvasView:
    """f = (x + y)·z on a canvas."""
    return make_view(sum_times_z())


@pytest.fixture
def hands(view: CanvasView) -> Hands:
    """Hands on f = (x + y)·z."""
    return Hands(view)


@pytest.fixture
def make_hands(make_view: Callable[[Document], CanvasView]) -> Callable[[Document], Hands]:
    """Hands on other networks."""
    return lambda document: Hands(make_view(document))
