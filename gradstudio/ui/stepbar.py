"""The bar of the step-through, at the lower edge of the canvas: buttons, slider, and what happens in a sentence."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout

from gradstudio.ui.barslider import BarSlider
from gradstudio.ui.icons import icon
from gradstudio.ui.stepthrough import SPEEDS, StepThrough
from gradstudio.ui.theme import Theme

BUTTONS = (
    ("step_start", "to-start"), ("step_back", "step-back"), ("step_play", "play"), ("step_forward", "step"),
    ("step_turn", "turn"), ("step_end", "to-end"),
)  # fmt: skip
"""Actions of the buttons from left to right, and their icons."""


class StepBar(QFrame):
    """Shown while one steps through the network; Left, Right, Home, End and Space work anywhere in it, Escape closes.

    Attributes:
        slider: one position a step.
        place: which step of how many.
        what: the gate whose turn it is.
        sentence: what happens there.
        buttons: by action.
    """

    def __init__(self, steps: StepThrough, actions: dict[str, QAction], theme: Theme) -> None:
        super().__init__()
        self._steps, self._theme = steps, theme
        self.setObjectName("stepbar")
        self.setAccessibleName(self.tr("Step-through"))
        self.setWhatsThis(
            self.tr("Forward, then backward, gate by gate: ← and → step, Space plays, Escape shows everything again.")
        )
        self.buttons = {name: self._button(actions[name]) for name, _ in BUTTONS}
        self.slider = BarSlider(self, "stepbar.slider", self.tr("Step"))
        self.slider.valueChanged.connect(steps.go)
        self.slider.sliderPressed.connect(steps.pause)
        self.place, self.what, self.sentence = QLabel(), QLabel(), QLabel()
        self.place.setProperty("role", "dim")
        self.what.setProperty("role", "heading")
        self.sentence.setObjectName("stepbar.sentence")
        self.sentence.setTextFormat(Qt.TextFormat.RichText)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.sentence.setMinimumHeight(self.sentence.fontMetrics().height() + 4)
        self.speed = self._speeds()
        self.numbers = self._button(actions["order_numbers"])
        self.numbers.setText("1 2 3")
        self.close_button = self._button(actions["step_through"])
        self._lay_out()
        self.dress(theme)
        steps.changed.connect(self._show)
        self.hide()

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setIconSize(QSize(14, 14))
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text().replace("&", ""))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCheckable(action.isCheckable())
        action.toggled.connect(button.setChecked)
        action.changed.connect(lambda: button.setEnabled(action.isEnabled()))
        button.clicked.connect(lambda *_: action.trigger())
        return button

    def _speeds(self) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(self.tr("Speed"))
        box.setToolTip(self.tr("Steps a second when it plays."))
        for speed in SPEEDS:
            box.addItem(self.tr("{}/s").format("½" if speed == SPEEDS[0] else f"{speed:g}"), speed)
        box.setCurrentIndex(SPEEDS.index(self._steps.speed))
        box.activated.connect(lambda k: self._steps.set_speed(SPEEDS[k]))
        return box

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(4)
        for button in self.buttons.values():
            first.addWidget(button)
        first.addSpacing(6)
        first.addWidget(self.slider, 1)
        first.addSpacing(6)
        for widget in (self.place, self.speed, self.numbers, self.close_button):
            first.addWidget(widget)
        second.addWidget(self.what)
        second.addSpacing(10)
        second.addWidget(self.sentence, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 6, 10, 7)
        box.setSpacing(2)
        box.addLayout(first)
        box.addLayout(second)

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        for name, picture in BUTTONS:
            self.buttons[name].setIcon(icon(picture, theme, size=14))
        self.close_button.setIcon(icon("clear", theme, color="text_dim", size=12))
        self._show()

    def _show(self) -> None:
        """Show where one stands."""
        steps, moment = self._steps, self._steps.moment
        appearing = steps.open and not self.isVisible()
        self.setVisible(steps.open)
        self.buttons["step_play"].setIcon(icon("pause" if steps.playing else "play", self._theme, size=14))
        self.slider.stand(0 if moment is None else moment.position, 0 if moment is None else moment.stepping.end)
        self.place.setText("" if moment is None else f"{moment.position} / {moment.stepping.end}")
        told = steps.telling() if steps.open else None
        self.what.setText("" if told is None else told.title)
        color = self._theme.gradient if moment is not None and moment.is_backward else self._theme.value
        plain = "" if told is None else told.sentence
        self.sentence.setText(f'<span style="color: {color}">{escape(plain)}</span>')
        self.sentence.setToolTip("" if told is None else f"<qt>{escape(plain)}<br><i>{escape(told.rule)}</i></qt>")
        self.sentence.setAccessibleName(plain)
        self.setAccessibleDescription("" if told is None else f"{told.title}. {plain}")
        if appearing:
            self.slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and ends move, Space plays, Escape closes."""
        steps = self._steps
        does = {
            Qt.Key.Key_Right: lambda: steps.step(1),
            Qt.Key.Key_Left: lambda: steps.step(-1),
            Qt.Key.Key_Home: steps.to_start,
            Qt.Key.Key_End: steps.to_end,
            Qt.Key.Key_Space: steps.toggle_play,
            Qt.Key.Key_Escape: steps.leave,
        }.get(Qt.Key(event.key()))
        if does is None:
            super().keyPressEvent(event)
        else:
            does()
