"""How good a network is, in a few words."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QWidget

from gradstudio.training.metrics import ClassScore, Score
from gradstudio.ui.texts import amount, grouped, number


def score_words(panel: QWidget, score: Score) -> list[str]:
    """Its numbers, the most telling first: "accuracy 94.2 %", "macro F1 0.941", "loss 0.21", "450 rows"."""
    if isinstance(score, ClassScore):
        words = [panel.tr("accuracy {0}").format(f"{100 * score.accuracy:.1f} %")]
        if score.top is not None:
            words.append(panel.tr("top-5 {0}").format(f"{100 * score.top:.1f} %"))
        words.append(panel.tr("macro F1 {0}").format(f"{score.macro.f1:.3f}"))
    else:
        told = (("R²", score.r2), (panel.tr("MAE"), score.mae), (panel.tr("RMSE"), score.rmse))
        words = [f"{name} {amount(value, 4)}" for name, value in told]
    if math.isfinite(score.loss):
        words.append(panel.tr("loss {0}").format(number(score.loss, 4)))
    return [*words, panel.tr("{0} rows").format(grouped(score.rows))]
