"""What can be watched of a network, from loss and gradients to a table. Each panel is a widget for a dock.

A panel shows numbers of the present revision only, asks for them only while it is visible, and draws nothing while it
is hidden. Its widgets are made when it is first shown.
"""

from gradstudio.ui.panels.activation import ActivationPanel
from gradstudio.ui.panels.gradients import GradientsPanel
from gradstudio.ui.panels.loss import LossPanel
from gradstudio.ui.panels.problems import ProblemsPanel
from gradstudio.ui.panels.sheet import SheetPanel
from gradstudio.ui.panels.table import TablePanel

__all__ = [
    "ActivationPanel",
    "GradientsPanel",
    "LossPanel",
    "ProblemsPanel",
    "SheetPanel",
    "TablePanel",
]
