"""Both themes can be read, and everything is drawn in their colours."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtTest import QSignalSpy

from gradstudio.engine.gate import Category
from gradstudio.ui import style
from gradstudio.ui.theme import CONTRAST, DARK, LIGHT, THEMES, qt_palette, system_theme, wants_contrast

GROUNDS = ("window", "panel", "canvas", "node_body", "field")
TEXTS = ("text", "text_dim", "text_faint", "node_text", "value", "gradient", "warning", "error", "accent")


def luminance(color: QColor) -> float:
    """Relative luminance as in WCAG 2."""
    parts = (color.redF(), color.greenF(), color.blueF())
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """Contrast ratio as in WCAG 2."""
    light, dark = sorted((luminance(QColor(a)), luminance(QColor(b))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_every_text_stands_out_from_every_ground(theme, ground) -> None:
    """Text of every kind has a contrast of at least 4.5 : 1 on everything it is put on."""
    for name in TEXTS:
        assert contrast(getattr(theme, name), getattr(theme, ground)) >= 4.5, name


@pytest.mark.parametrize("ground", GROUNDS)
def test_high_contrast_is_higher(ground) -> None:
    """In high contrast text of every kind stands out by 7 : 1, gates, tags and outlines of nodes and fields too."""
    seen = [getattr(CONTRAST, name) for name in (*TEXTS, "node_edge", "border", "selection")]
    for color in (*seen, *CONTRAST.category.values(), *CONTRAST.tag.values()):
        assert contrast(color, getattr(CONTRAST, ground)) >= 7, color


@pytest.mark.skipif(not hasattr(Qt, "ContrastPreference"), reason="Qt before 6.10 can't tell of it")
def test_a_desktop_can_ask_for_high_contrast(qapp) -> None:
    """Where Qt tells of it, it is followed; an older Qt tells nothing, and nothing is assumed."""

    class Accessibility:
        def contrastPreference(self) -> object:
            return Qt.ContrastPreference.HighContrast

    class Hints:
        def accessibility(self) -> Accessibility:
            return Accessibility()

    assert wants_contrast(Hints())
    assert not wants_contrast(object())
    assert not wants_contrast(qapp.styleHints())


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_text_on_coloured_grounds_can_be_read(theme) -> None:
    """Buttons, selected rows, hovered rows and warnings are readable too."""
    pairs = [
        (theme.accent_text, theme.accent),
        (theme.text, theme.selection_fill),
        (theme.text, theme.hover),
        (theme.text_dim, theme.hover),
        (theme.text, theme.warning_fill),
        (theme.warning, theme.warning_fill),
    ]
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_shelf_has_a_colour_of_its_own_that_can_be_seen(theme) -> None:
    """Categories differ from each other and stand out from canvas and palette by 3 : 1."""
    assert set(theme.category) == set(Category)
    assert len(set(theme.category.values())) == len(Category)
    for color in theme.category.values():
        assert min(contrast(color, theme.canvas), contrast(color, theme.window)) >= 3


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_plot_colours_can_be_seen_on_a_sheet(theme) -> None:
    """Curves stand out from the panel they are drawn on by 3 : 1."""
    for name in ("train", "validation", "curve", "slope"):
        assert contrast(getattr(theme, name), theme.panel) >= 3, name


def test_one_theme_is_dark_and_one_is_light() -> None:
    """Each says which it is."""
    assert DARK.is_dark
    assert not LIGHT.is_dark
    assert CONTRAST.is_dark


def test_a_stylesheet_is_made_of_the_themes_colours(qapp) -> None:
    """No placeholder is left, Qt finds no fault with it, and the application takes font and palette."""
    for theme in THEMES.values():
        assert "$" not in style.stylesheet(theme)
        style.apply(qapp, theme)
        assert qapp.palette().color(QPalette.ColorRole.Window).name() == theme.window
        assert qt_palette(theme).color(QPalette.ColorRole.Text).name() == theme.text


def test_qts_own_style_is_made_once(qapp) -> None:
    """Another theme changes palette and sheet only: a new style would measure every widget of every window again."""
    style.apply(qapp, DARK)
    gone = QSignalSpy(qapp.style().destroyed)
    for theme in (LIGHT, LIGHT, DARK):
        style.apply(qapp, theme)
    assert gone.count() == 0


def test_colours_mix_and_fade() -> None:
    """`color` takes an opacity, `mix` lies between its ends."""
    assert DARK.color("value", 0.5).alphaF() == pytest.approx(0.5, abs=0.01)
    assert DARK.mix("text", "window", 1).name() == DARK.text
    assert DARK.mix("text", "window", 0).name() == DARK.window


def test_a_desktop_that_says_nothing_gets_the_dark_theme(qapp) -> None:
    """Without a colour scheme of the system the studio is dark."""
    assert system_theme(qapp) is DARK
