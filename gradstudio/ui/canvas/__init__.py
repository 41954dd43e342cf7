"""The canvas: the network drawn, and edited by hand."""

from gradstudio.ui.canvas.view import CanvasView

__all__ = ["CanvasView"]
