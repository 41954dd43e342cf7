import pytest
from PySide6.QtGui import QColor

from gradstudio.ui.panels import ActivationPanel, GradientsPanel, LossPanel
from gradstudio.ui.panels.boundary import BoundaryPanel
from gradstudio.ui.panels.weights import WeightsPanel
from gradstudio.ui.samples import Samples
from gradstudio.ui.style import apply
from gradstudio.ui.theme import DARK, LIGHT

PANELS = (LossPanel, GradientsPanel, ActivationPanel)


def boundary(studio):
    """A boundary panel with samples of its own."""
    return BoundaryPanel(studio, Samples(studio))


EVERY = (*PANELS, WeightsPanel, boundary)


def colors(panel):
    """The colours in a picture of a panel, those of a few pixels left out."""
    image = panel.grab().toImage()
    found: dict[int, int] = {}
    for x in range(image.width()):
        for y in range(image.height()):
            name = image.pixel(x, y)
            found[name] = found.get(name, 0) + 1
    return {QColor(name).name() for name, count in found.items() if count > 6}


@pytest.mark.parametrize("kind", EVERY)
def test_panel_has_names(show, kind):
    """Every panel tells screen readers its name and what it shows, and has a help text."""
    panel = show(kind)
    assert panel.title == panel.accessibleName() != ""
    assert panel.objectName().startswith("panel.")
    assert panel.whatsThis().endswith(".")
    assert panel.accessibleDescription().endswith(".")


@pytest.mark.parametrize("kind", PANELS)
def test_panel_changes_with_the_theme(show, wait, qapp, kind):
    """Switching the theme recolours a panel at once, background and drawing."""
    apply(qapp, DARK)
    panel = show(kind)
    panel.studio.train(20)
    wait(panel.studio)
    mark = {LossPanel: "train", GradientsPanel: None, ActivationPanel: "curve"}[kind]
    for theme in (DARK, LIGHT):
        apply(qapp, theme)
        panel.studio.set_theme(theme)
        wait(panel.studio)
        found = colors(panel)
        assert theme.panel in found
        expected = theme.mix("gradient", "panel", 0.62).name() if mark is None else getattr(theme, mark)
        assert expected in found


@pytest.mark.parametrize("kind", EVERY)
def test_panel_is_built_when_first_shown(qapp, studio, kind):
    """A panel that is never shown makes no widgets and asks for nothing."""
    one = studio()
    panel = kind(one)
    assert panel.body.layout() is None
    one.new()
    assert panel.body.layout() is None
    panel.deleteLater()


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("size", [(180, 140), (320, 260), (1400, 700)])
def test_panel_fits_any_size(show, wait, kind, size):
    """A panel can be small or large; it never asks for more room than a narrow dock has."""
    panel = show(kind, size=size)
    panel.studio.train(10)
    wait(panel.studio)
    panel.grab()
    assert panel.minimumSizeHint().width() <= 340
    assert panel.minimumSizeHint().height() <= 340


@pytest.mark.parametrize("kind", EVERY)
def test_panel_survives_whatever_happens_while_it_trains(show, wait, kind):
    """Deleting nodes, undoing and opening another file during a run leave every panel whole."""
    from gradstudio.document.commands import delete

    panel = show(kind)
    studio = panel.studio
    studio.train(100_000)
    studio.do(delete(studio.document, [studio.document.named("relu").id]))
    wait(studio)
    panel.grab()
    studio.undo()
    studio.train(100_000)
    studio.new()
    wait(studio)
    panel.grab()
    assert panel.pages.currentWidget() is panel.notice
