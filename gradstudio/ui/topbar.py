"""The bar at the top: file name, menus, the buttons of the training with its two numbers, search."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenuBar, QPushButton, QSizePolicy, QWidget

from gradstudio.ui.bridge import Studio
from gradstudio.ui.fields import TextField
from gradstudio.ui.icons import icon
from gradstudio.ui.inspector.settingfields import setting_committer, setting_parser, setting_text
from gradstudio.ui.theme import Theme

HEIGHT = 46
LONGEST_NAME = 190
SPACE, MARGIN = 8, 12
GLYPHS = {"train": "play", "pause": "pause", "step": "step", "reset": "reset", "find": "search"}


class BarField(TextField):
    """A field of the bar: its title before it, its refusal floating below it."""

    def __init__(self, studio: Studio, name: str, title: str, help_text: str, width: int) -> None:
        self._width = width
        super().__init__(
            title,
            setting_parser(name),
            setting_committer(studio, name),
            help_text=help_text,
            live=name == "learning_rate",
            steps=True,
        )

    def lay_out(self, editor: QWidget) -> None:
        """Title and editor in a row."""
        self.editor = editor
        editor.setAccessibleName(self.title)
        editor.setAccessibleDescription(self._help)
        editor.setToolTip(self._help)
        editor.setFixedWidth(self._width)
        self._label.setMinimumWidth(0)
        self._label.setMaximumWidth(200)
        self._label.setWordWrap(False)
        self._label.setBuddy(editor)
        self.error.setObjectName("bubble")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(7)
        row.addWidget(self._label)
        row.addWidget(editor)

    def show_title(self, shown: bool) -> None:
        """With its title, or without."""
        self._label.setVisible(shown)

    def show_refusal(self, sentence: str) -> None:
        """The sentence floats below the editor, over whatever is there."""
        super().show_refusal(sentence)
        if sentence:
            self.error.setParent(self.window())
            self.error.setFixedWidth(300)
            self.error.adjustSize()
            self.error.move(self.editor.mapTo(self.window(), QPoint(0, self.editor.height() + 6)))
            self.error.raise_()
            self.error.show()


class ActionButton(QPushButton):
    """A button for an action: its text, icon, tooltip and whether it can be done now."""

    def __init__(self, action: QAction, *, icon_only: bool = False, aside: str = "") -> None:
        super().__init__()
        self._action = action
        self._icon_only = icon_only
        self._aside = aside
        self.setIconSize(QSize(14, 14))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def show_text(self, shown: bool) -> None:
        """With its text, or only its icon."""
        self._icon_only = not shown
        self._follow()

    def _follow(self) -> None:
        text = self._action.text().replace("&", "")
        self.setText("" if self._icon_only else f" {text}{self._aside}")
        self.setAccessibleName(text)
        self.setIcon(self._action.icon())
        self.setToolTip(self._action.toolTip())
        self.setEnabled(self._action.isEnabled())


class TopBar(QFrame):
    """Everything above the canvas, in one row."""

    def __init__(self, studio: Studio, menus: QMenuBar, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self._studio = studio
        self._actions = actions
        self.setObjectName("topbar")
        self.setFixedHeight(HEIGHT)
        self.name = QLabel()
        self.name.setObjectName("filename")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        menus.setMinimumWidth(menus.sizeHint().width())
        self._menus = menus
        self.rate = BarField(
            studio,
            "learning_rate",
            self.tr("Learning rate"),
            self.tr("Step size; a change takes effect at the next step of a running training."),
            76,
        )
        self.steps = BarField(studio, "steps", self.tr("Steps"), self.tr("How many steps Train makes."), 76)
        self.buttons = {name: self._button(name) for name in ("train", "pause", "step", "reset")}
        self._search = self._button("find")
        self._spared: tuple[Callable[[bool], None], ...] = (
            self._search.show_text, self._show_texts, self.name.setVisible, self.steps.show_title,
            self.rate.show_title, self.steps.setVisible,
        )  # fmt: skip
        self._row(menus)
        actions["train"].changed.connect(self._fit)
        studio.documentChanged.connect(self.refresh)
        studio.documentReplaced.connect(self.refresh)
        studio.historyChanged.connect(self.refresh)
        studio.statusChanged.connect(self.refresh)
        studio.themeChanged.connect(self.dress)
        self.dress(studio.theme)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show the file's name and the settings."""
        name = f"{self._studio.name}{'*' if self._studio.modified else ''}"
        shown = self.name.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, LONGEST_NAME)
        if shown != self.name.text():
            self.name.setText(shown)
            self._fit()
        self.name.setToolTip(str(self._studio.path or name))
        self.rate.show_value(setting_text(self._studio, "learning_rate"))
        self.steps.show_value(setting_text(self._studio, "steps"))

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        colors = {"train": "accent_text", "find": "text_faint"}
        for name, glyph in GLYPHS.items():
            self._actions[name].setIcon(icon(glyph, theme, color=colors.get(name, "text"), size=14))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give up one thing after the other until what is left fits."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The less room there is, the more goes: words of the search, of buttons, the name, titles, the steps."""
        for spared in range(len(self._spared) + 1):
            for number, spare in enumerate(self._spared):
                spare(number >= spared)
            if self._wanted() <= self.width():
                break
        for part in (self.rate, self.steps, self):
            layout = part.layout()
            assert layout is not None
            layout.activate()

    def _wanted(self) -> int:
        """How wide everything is that is shown, with the gaps between it."""
        parts = (self.name, self._menus, *self.buttons.values(), self.rate, self.steps, self._search)
        shown = [part.sizeHint().width() for part in parts if not part.isHidden()]
        return sum(shown) + SPACE * len(shown) + 3 * MARGIN

    def _show_texts(self, shown: bool) -> None:
        for name in ("step", "reset"):
            self.buttons[name].show_text(shown)

    def _row(self, menus: QMenuBar) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 0, MARGIN, 0)
        row.setSpacing(SPACE)
        left, middle, right = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        left.setSpacing(SPACE)
        left.addWidget(self.name)
        left.addWidget(menus)
        left.addStretch(1)
        middle.setSpacing(7)
        for button in self.buttons.values():
            middle.addWidget(button)
        middle.addSpacing(12)
        middle.addWidget(self.rate)
        middle.addSpacing(4)
        middle.addWidget(self.steps)
        right.addStretch(1)
        right.addWidget(self._search)
        for part, stretch in ((left, 1), (middle, 0), (right, 1)):
            row.addLayout(part, stretch)

    def _button(self, name: str) -> ActionButton:
        button = ActionButton(self._actions[name], icon_only=name == "pause", aside=_aside(name, self._actions[name]))
        button.setObjectName({"train": "accent", "find": "search"}.get(name, f"button.{name}"))
        return button


def _aside(name: str, action: QAction) -> str:
    return f"   {action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)}" if name == "find" else ""
