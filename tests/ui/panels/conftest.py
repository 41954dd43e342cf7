"""What tests of panels share: a panel of a real studio, shown on its own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

import gradstudio.gates  # noqa: F401 (fills the catalogue)
from gradstudio import files
from gradstudio.document.model import Document
from gradstudio.resources import resource
from gradstudio.ui.bridge import Studio


@pytest.fixture
def show(qtbot: Any) -> Iterator[Callable[..., Any]]:
    """Shows a panel of a shipped network (or another document, or a studio there is); its numbers are there."""
    panels: list[Any] = []
    studios: list[Studio] = []

    def make(kind: type[Any], network: str | Document | Studio = "spiral", size: tuple[int, int] = (460, 300)) -> Any:
        if isinstance(network, Studio):
            studio = network
        else:
            document = files.read(resource("examples", f"{network}.grad")) if isinstance(network, str) else network
            studio = Studio(document)
            studios.append(studio)
        panel = kind(studio)
        panels.append(panel)
        panel.resize(*size)
        panel.show()
        settle(qtbot, studio)
        return panel

    yield make
    for panel in panels:
        panel.hide()
    for studio in studios:
        studio.close()
    for panel in panels:
        panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


@pytest.fixture
def wait(qtbot: Any) -> Callable[[Studio], None]:
    """Waits until a studio has done all it was asked for and every number has been taken."""
    return lambda studio: settle(qtbot, studio)


def settle(qtbot: Any, studio: Studio) -> None:
    """Let a studio come to rest."""
    qtbot.waitUntil(lambda: not studio.running and not studio.session.awaiting, timeout=20_000)
    qtbot.wait(1)
