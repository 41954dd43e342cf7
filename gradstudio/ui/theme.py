"""Colours and fonts of the window, dark, light and in high contrast: every colour drawn anywhere comes from here.

The course's notation runs through it: forward values green, gradients red. Everything that is text stands
out from each background it is put on by at least 4.5 : 1, in high contrast 7 : 1 (held by tests/ui/test_theme.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from gradstudio.engine.gate import Category

UI_FONTS = ("Inter", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Noto Sans", "DejaVu Sans")
MONO_FONTS = ("JetBrains Mono", "Cascadia Mono", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono")
BASE_SIZE = 13


@dataclass(frozen=True)
class Theme:
    """One set of colours, as "#rrggbb".

    Attributes:
        name: "dark", "light" or "contrast".
        window: behind everything: menus, tool bar, docks.
        panel: the sheet a panel's plot lies on.
        canvas: background of the network.
        grid: thin lines of the canvas and of plots.
        grid_major: every fifth line.
        node_body: a node's box.
        node_edge: its outline.
        node_text: its title.
        text: ordinary text.
        text_dim: labels, units, captions.
        text_faint: hints and disabled text.
        value: forward values (green).
        gradient: gradients (red).
        selection: outline of what is selected.
        guide: lines that show what dragged nodes are in line with.
        selection_fill: behind selected text and rows.
        accent: the one button that matters.
        accent_text: text on it.
        warning: something to look at.
        warning_fill: behind a warning.
        error: something that is wrong.
        border: lines between areas.
        field: an input field, a button, the status bar.
        hover: a button under the mouse.
        train: the loss on the training set.
        validation: the loss on the validation set.
        curve: an activation.
        slope: its derivative.
        histogram: a distribution of values.
        category: the colour of each shelf of the palette, used for its gates and their wires.
        tag: the shade of each colour a node may be given (`COLORS`).
    """

    name: str
    window: str
    panel: str
    canvas: str
    grid: str
    grid_major: str
    node_body: str
    node_edge: str
    node_text: str
    text: str
    text_dim: str
    text_faint: str
    value: str
    gradient: str
    selection: str
    guide: str
    selection_fill: str
    accent: str
    accent_text: str
    warning: str
    warning_fill: str
    error: str
    border: str
    field: str
    hover: str
    train: str
    validation: str
    curve: str
    slope: str
    histogram: str
    category: Mapping[Category, str]
    tag: Mapping[str, str]

    @property
    def is_dark(self) -> bool:
        """Whether text is lighter than what it stands on."""
        return QColor(self.window).lightnessF() < QColor(self.text).lightnessF()

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """The colour of this attribute, e.g. `theme.color("value")`, with an opacity from 0 to 1."""
        color = QColor(getattr(self, name))
        color.setAlphaF(alpha)
        return color

    def shelf(self, category: Category, alpha: float = 1.0) -> QColor:
        """The colour of a gate's category."""
        color = QColor(self.category[category])
        color.setAlphaF(alpha)
        return color

    def mix(self, name: str, other: str, share: float) -> QColor:
        """A colour between two attributes: `share` of the first, the rest of the second."""
        a, b = QColor(getattr(self, name)), QColor(getattr(self, other))
        pairs = zip(a.getRgbF()[:3], b.getRgbF()[:3], strict=True)  # type: ignore[index]
        return QColor.fromRgbF(*(share * p + (1 - share) * q for p, q in pairs))


DARK = Theme(
    name="dark",
    window="#191d25",
    panel="#12151b",
    canvas="#12151b",
    grid="#171b22",
    grid_major="#1c212a",
    node_body="#1f242e",
    node_edge="#323947",
    node_text="#e6e9ef",
    text="#e6e9ef",
    text_dim="#9aa3b5",
    text_faint="#8b94a7",
    value="#4cc78f",
    gradient="#ff6b70",
    selection="#6ea8fe",
    guide="#e879c9",
    selection_fill="#2a4368",
    accent="#6ea8fe",
    accent_text="#0b1220",
    warning="#f5b041",
    warning_fill="#332e2a",
    error="#ff7a7f",
    border="#272c37",
    field="#1f242e",
    hover="#2a303c",
    train="#6ea8fe",
    validation="#f5b041",
    curve="#fcd34d",
    slope="#ff6b70",
    histogram="#4cc78f",
    category=MappingProxyType(
        {
            Category.DATA: "#7dd3fc",
            Category.ARITHMETIC: "#f9a8d4",
            Category.ACTIVATION: "#fcd34d",
            Category.LAYER: "#a5b4fc",
            Category.LOSS: "#fb7185",
            Category.REGULARISER: "#86efac",
            Category.LINEAR: "#c4a7fa",
            Category.REDUCE: "#fdba74",
            Category.SHAPE: "#a8b8cc",
            Category.COMPARISON: "#5ee0d0",
        }
    ),
    tag=MappingProxyType(
        {
            "red": "#f87171",
            "orange": "#fb923c",
            "yellow": "#facc15",
            "green": "#4ade80",
            "teal": "#2dd4bf",
            "blue": "#60a5fa",
            "violet": "#b794f6",
            "grey": "#a3aec2",
        }
    ),
)

LIGHT = Theme(
    name="light",
    window="#f5f6f9",
    panel="#ffffff",
    canvas="#fbfcfd",
    grid="#f1f3f7",
    grid_major="#e6e9ef",
    node_body="#ffffff",
    node_edge="#c9cfda",
    node_text="#1b2130",
    text="#1b2130",
    text_dim="#4d5669",
    text_faint="#596275",
    value="#0a7446",
    gradient="#bd2135",
    selection="#2563d6",
    guide="#c026a3",
    selection_fill="#cfe0fd",
    accent="#1d5fd1",
    accent_text="#ffffff",
    warning="#8f5200",
    warning_fill="#fdf3df",
    error="#bd2135",
    border="#dde1e8",
    field="#ffffff",
    hover="#e6eaf1",
    train="#1d5fd1",
    validation="#a65f00",
    curve="#8a5a00",
    slope="#bd2135",
    histogram="#3aa775",
    category=MappingProxyType(
        {
            Category.DATA: "#0369a1",
            Category.ARITHMETIC: "#be185d",
            Category.ACTIVATION: "#8a5a00",
            Category.LAYER: "#4338ca",
            Category.LOSS: "#be123c",
            Category.REGULARISER: "#15743a",
            Category.LINEAR: "#6d28d9",
            Category.REDUCE: "#b43c0a",
            Category.SHAPE: "#475a73",
            Category.COMPARISON: "#0b6b70",
        }
    ),
    tag=MappingProxyType(
        {
            "red": "#d32f2f",
            "orange": "#c2570c",
            "yellow": "#8f6a00",
            "green": "#15803d",
            "teal": "#0f766e",
            "blue": "#2563eb",
            "violet": "#7c3aed",
            "grey": "#5b6675",
        }
    ),
)

CONTRAST = Theme(
    name="contrast",
    window="#000000",
    panel="#000000",
    canvas="#000000",
    grid="#141414",
    grid_major="#262626",
    node_body="#000000",
    node_edge="#ffffff",
    node_text="#ffffff",
    text="#ffffff",
    text_dim="#e6e6e6",
    text_faint="#c8c8c8",
    value="#5cf2a8",
    gradient="#ff9d9d",
    selection="#ffe14d",
    guide="#ff8df0",
    selection_fill="#003d80",
    accent="#ffe14d",
    accent_text="#000000",
    warning="#ffc766",
    warning_fill="#1f1600",
    error="#ffa3a3",
    border="#b0b0b0",
    field="#000000",
    hover="#2b2b2b",
    train="#8ec5ff",
    validation="#ffc766",
    curve="#ffe14d",
    slope="#ff9d9d",
    histogram="#5cf2a8",
    category=MappingProxyType(
        {
            Category.DATA: "#8fdcff",
            Category.ARITHMETIC: "#ffb3dc",
            Category.ACTIVATION: "#ffe14d",
            Category.LAYER: "#b9c4ff",
            Category.LOSS: "#ff9db0",
            Category.REGULARISER: "#8ff5b4",
            Category.LINEAR: "#d6bbff",
            Category.REDUCE: "#ffc38a",
            Category.SHAPE: "#cfd9e6",
            Category.COMPARISON: "#6ff0e0",
        }
    ),
    tag=MappingProxyType(
        {
            "red": "#ff9d9d",
            "orange": "#ffb070",
            "yellow": "#ffe14d",
            "green": "#7df0a0",
            "teal": "#5ce8d6",
            "blue": "#8ec5ff",
            "violet": "#d0b3ff",
            "grey": "#cfd6e0",
        }
    ),
)

THEMES: Mapping[str, Theme] = MappingProxyType({"dark": DARK, "light": LIGHT, "contrast": CONTRAST})


def ui_font(size: int = BASE_SIZE, *, bold: bool = False) -> QFont:
    """The font of words, in pixels at 100 %."""
    font = QFont()
    font.setFamilies(list(UI_FONTS))
    font.setPixelSize(size)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def mono_font(size: int = BASE_SIZE - 1, *, bold: bool = False) -> QFont:
    """The font of numbers, in pixels at 100 %."""
    font = QFont()
    font.setFamilies(list(MONO_FONTS))
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(size)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def qt_palette(theme: Theme) -> QPalette:
    """The theme for everything that isn't reached by the stylesheet."""
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.panel,
        QPalette.ColorRole.AlternateBase: theme.window,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.text_faint,
        QPalette.ColorRole.Button: theme.field,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.error,
        QPalette.ColorRole.Highlight: theme.selection_fill,
        QPalette.ColorRole.HighlightedText: theme.text,
        QPalette.ColorRole.ToolTipBase: theme.field,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.LinkVisited: theme.accent,
        QPalette.ColorRole.Accent: theme.accent,
    }
    palette = QPalette()
    for role, color in roles.items():
        palette.setColor(role, QColor(color))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.text_faint))
    return palette


def chosen_theme(name: str) -> Theme:
    """The theme of a name; "system" follows the desktop."""
    app = QApplication.instance()
    if name in THEMES:
        return THEMES[name]
    return system_theme(app) if isinstance(app, QApplication) else DARK


def system_theme(app: QApplication) -> Theme:
    """What the desktop asks for; dark where it says nothing."""
    if wants_contrast(app.styleHints()):
        return CONTRAST
    return LIGHT if app.styleHints().colorScheme() is Qt.ColorScheme.Light else DARK


def wants_contrast(hints: object) -> bool:
    """Whether the desktop asks for high contrast; Qt before 6.10 can't tell."""
    accessibility = getattr(hints, "accessibility", None)
    preference = accessibility().contrastPreference() if accessibility is not None else None
    return preference is not None and preference == Qt.ContrastPreference.HighContrast
