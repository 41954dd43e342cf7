"""The Qt stylesheet of a theme, and dressing the application in it."""

from __future__ import annotations

from string import Template

from PySide6.QtWidgets import QApplication

from gradstudio.ui.icons import glyph_file
from gradstudio.ui.theme import Theme, qt_palette, ui_font

_SHEET = Template("""
* { outline: none; }
QMainWindow, QDialog, QMessageBox { background: $window; dialogbuttonbox-buttons-have-icons: 0; }
QMessageBox QLabel#qt_msgbox_label { font-weight: 600; min-width: 300px; }
QMessageBox QLabel#qt_msgbox_informativelabel { color: $text_dim; min-width: 300px; }
QToolTip { background: $field; color: $text; border: 1px solid $node_edge; padding: 6px 8px; }

QMenuBar { background: $window; color: $text; padding: 4px 6px; spacing: 2px; }
QMenuBar::item { background: transparent; color: $text_dim; padding: 5px 8px; border-radius: 5px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $hover; color: $text; }
QMenu { background: $field; color: $text; border: 1px solid $node_edge; padding: 5px; }
QMenu::item { padding: 5px 26px 5px 14px; border-radius: 4px; }
QMenu::item:selected { background: $selection_fill; }
QMenu::item:disabled { color: $text_faint; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; }
QMenu::indicator:checked, QMenu::indicator:non-exclusive:checked {
    image: none; background: $accent; border-radius: 3px; width: 8px; height: 8px; margin: 3px; }
QMenu::icon { padding-left: 8px; }

#topbar { background: $window; border: none; border-bottom: 1px solid $border; }
#filename { font-weight: 600; font-size: 14px; color: $text; }
#bubble { background: $field; color: $error; border: 1px solid $error; border-radius: 6px; padding: 6px 9px; }
#answercard { background: $field; border: 1px solid $selection; border-radius: 9px; }
#answercard QLineEdit[role="value"] { color: $value; }
#answercard QLineEdit[role="gradient"] { color: $gradient; }
#stepbar { background: $panel; border: none; border-top: 1px solid $border; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $border; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal { background: $accent; border: 2px solid $panel; width: 12px; height: 12px;
    margin: -6px 0; border-radius: 8px; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { border-color: $selection; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: $text_faint; }
#toast { background: $field; border: 1px solid $node_edge; border-radius: 9px; }
#quickpick { background: $field; border: 1px solid $node_edge; }
#finder, #breadcrumbs { background: $field; border: 1px solid $node_edge; border-radius: 9px; }
#topbar QPushButton, QPushButton, QToolButton#flat {
    background: $field; color: $text; border: 1px solid $border; border-radius: 5px; padding: 6px 14px; }
#topbar QPushButton:hover, QPushButton:hover, QToolButton#flat:hover { background: $hover; }
#topbar QPushButton:pressed, QPushButton:pressed { background: $border; }
#topbar QPushButton:focus, QPushButton:focus { border-color: $selection; }
#topbar QPushButton:disabled, QPushButton:disabled { color: $text_faint; background: transparent; }
#topbar QPushButton#accent, QPushButton:default, QPushButton#accent {
    background: $accent; color: $accent_text; border-color: $accent; }
#topbar QPushButton#accent { font-weight: 600; }
#topbar QPushButton#accent:hover, QPushButton:default:hover, QPushButton#accent:hover {
    background: $accent_hover; }
#topbar QPushButton#accent:disabled { background: transparent; color: $text_faint; border-color: $border; }
#topbar QPushButton#accent:focus, QPushButton:default:focus, QPushButton#accent:focus { border: 2px solid $text;
    padding: 5px 13px; }
QPushButton:default:disabled, QPushButton#accent:disabled {
    background: transparent; color: $text_faint; border-color: $border; }

QPushButton#chip { padding: 3px 8px; color: $text_dim; border-color: $border; background: transparent; }
QPushButton#chip:hover { background: $hover; color: $text; }
QPushButton#chip:focus { border-color: $selection; color: $text; }

QToolButton[autoRaise="true"] { background: transparent; border: 1px solid transparent; border-radius: 4px;
    padding: 2px; color: $text_dim; }
QToolButton[autoRaise="true"]:hover { background: $hover; color: $text; }
QToolButton:focus, QToolButton[autoRaise="true"]:focus { border: 1px solid $selection; color: $text; }
#topbar #search { background: transparent; border-color: transparent; color: $text_faint; padding: 6px 8px; }
#topbar #search:hover { background: $hover; color: $text; }
#topbar #search:focus { border-color: $selection; color: $text; }
QMainWindow::separator { background: $border; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $selection; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $field; color: $text; border: 1px solid $node_edge; border-radius: 5px; padding: 4px 8px;
    selection-background-color: $selection_fill; selection-color: $text; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; border: none; }
QSpinBox QLineEdit { padding: 0 8px; border: none; background: transparent; }
QLineEdit:hover, QComboBox:hover, QPlainTextEdit:hover { border-color: $text_faint; }
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: $selection; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { color: $text_faint; background: $window; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"], QComboBox[invalid="true"] {
    border: 1px solid $error; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url($arrow_down); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: $field; color: $text; border: 1px solid $node_edge;
    selection-background-color: $selection_fill; selection-color: $text; padding: 3px; }

QCheckBox, QRadioButton { color: $text; spacing: 8px; }
QCheckBox::indicator, QRadioButton::indicator { width: 15px; height: 15px; border: 1px solid $text_faint;
    border-radius: 4px; background: $field; }
QRadioButton::indicator { border-radius: 8px; }
QAbstractItemView::indicator { width: 13px; height: 13px; border: 1px solid $text_faint;
    border-radius: 3px; background: $field; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: $accent; border-color: $accent;
    image: url($check); }
QCheckBox::indicator:indeterminate { background: $field; border-color: $accent; image: url($dash); }
QRadioButton::indicator:checked { background: $accent_text; border: 4px solid $accent; width: 9px; height: 9px; }
QRadioButton::indicator:checked:disabled { border-color: $text_faint; }
QCheckBox::indicator:checked:disabled { background: $text_faint; border-color: $text_faint; }
QCheckBox::indicator:hover { border-color: $selection; }
QCheckBox:focus, QRadioButton:focus { color: $accent; text-decoration: underline; }
QCheckBox::indicator:focus { border: 2px solid $selection; width: 13px; height: 13px; }
QRadioButton:disabled { color: $text_faint; }

QLabel { background: transparent; }
QLabel[role="dim"] { color: $text_dim; }
QLabel[role="faint"] { color: $text_faint; }
QLabel[role="heading"] { font-weight: 600; color: $text; }
QLabel[role="title"] { font-weight: 600; font-size: 16px; color: $text; }
QLabel[role="error"] { color: $error; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="value"] { color: $value; }
QLabel[role="gradient"] { color: $gradient; }
QLabel[role="code"] { color: $text; }
QFrame[role="sheet"] { background: $panel; border: 1px solid $border; border-radius: 8px; }
QFrame[role="notice"] { background: $warning_fill; border: 1px solid $warning_edge; border-radius: 8px; }
QFrame[role="line"] { background: $border; border: none; max-height: 1px; }

QScrollArea, QAbstractItemView#plain { background: transparent; border: 1px solid transparent; }
QScrollArea#start { border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QAbstractItemView { background: $panel; color: $text; border: 1px solid $border; border-radius: 6px;
    selection-background-color: $selection_fill; selection-color: $text;
    alternate-background-color: $window; }
#table { border: 1px solid transparent; }
#table::corner { background: transparent; }
QTableCornerButton::section { background: $window; border: none; border-bottom: 1px solid $border; }
QListWidget#examples::item { padding: 0 8px; }
QAbstractItemView:focus, QAbstractItemView#plain:focus, #table:focus, QScrollArea:focus {
    border: 1px solid $selection; border-radius: 6px; }
QTableView::item { padding: 0 8px; }
QHeaderView { background: $window; border: none; }
QHeaderView::section { background: $window; color: $text_dim; border: none; border-bottom: 1px solid $border;
    padding: 5px 8px; }
QHeaderView::down-arrow, QHeaderView::up-arrow { subcontrol-position: top center; width: 8px; height: 8px; }
QHeaderView::down-arrow { image: url($arrow_down); }
QHeaderView::up-arrow { image: url($arrow_up); }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $scroll; border-radius: 4px; margin: 1px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $text_faint; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: none; border: none; width: 0; height: 0; }

QStatusBar { background: $status; color: $text_dim; border-top: 1px solid $border; min-height: 25px; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $text_dim; padding: 0 6px; }
QSizeGrip { image: none; width: 4px; }

QTabBar { background: $window; border: none; }
QTabBar::tab { background: transparent; color: $text_dim; padding: 7px 14px; border: none; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { color: $text; border: 1px solid $selection; border-bottom: 2px solid $accent; padding: 6px 13px; }
QProgressBar { background: $field; border: none; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSplitter::handle { background: $border; }
""")


def stylesheet(theme: Theme) -> str:
    """The rules for all widgets in this theme's colours."""
    names = {name: value for name, value in vars(theme).items() if isinstance(value, str)}
    made = {
        "accent_hover": theme.mix("accent", "text", 0.86).name(),
        "scroll": theme.mix("text_faint", "window", 0.35).name(),
        "warning_edge": theme.mix("warning", "window", 0.45).name(),
        "status": theme.field if theme.is_dark else theme.hover,
        "arrow_down": glyph_file("arrow-down", theme),
        "arrow_up": glyph_file("arrow-up", theme),
        "check": glyph_file("check", theme),
        "dash": glyph_file("dash", theme),
    }
    return _SHEET.substitute(names | made)


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the whole application in a theme."""
    if not app.styleSheet() and app.style().objectName() != "fusion":  # a sheet puts a nameless style before it
        app.setStyle("Fusion")
    app.setPalette(qt_palette(theme))
    app.setFont(ui_font())
    sheet = stylesheet(theme)
    if app.styleSheet() != sheet:
        app.setStyleSheet(sheet)
