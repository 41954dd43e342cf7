"""Views a person has been to: back to where they were, and forward again, as in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, QPointF, QSizeF, Signal

from gradstudio.document.regions import GroupId
from gradstudio.ui.canvas.camera import Camera

if TYPE_CHECKING:
    from gradstudio.ui.canvas.surface import Surface

Visit: TypeAlias = tuple[Camera, GroupId | None]
"""Where somebody looked from, and which group they were in."""
_MOST = 100
_NEAR = 0.03
"""Views that differ by less than this share of the window are one."""


class Visits(QObject):
    """The places looked at, one after the other. Panning and zooming belong to a visit; a jump begins another one."""

    changed = Signal()
    """Whether there is a way back or forward may have changed."""

    def __init__(self, view: Surface) -> None:
        super().__init__(view)
        self._view = view
        self._before: list[Visit] = []
        self._after: list[Visit] = []
        view.studio.documentReplaced.connect(self.clear)

    @property
    def can_go_back(self) -> bool:
        """Whether there was a view before."""
        return bool(self._before)

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a view that was left by going back."""
        return bool(self._after)

    def clear(self) -> None:
        """Forget all views."""
        self._before, self._after = [], []
        self.changed.emit()

    def leave(self) -> None:
        """The view is about to jump: remember where it was."""
        here = self._here()
        if not self._before or self._far(self._before[-1], here):
            self._before = [*self._before[1 - _MOST :], here]
        self._after = []
        self.changed.emit()

    def back(self) -> None:
        """Go to the view before."""
        self._go(self._before, self._after)

    def forward(self) -> None:
        """Go again to the view that was left by going back."""
        self._go(self._after, self._before)

    def _here(self) -> Visit:
        return self._view.camera, self._view.scene.stage.inside

    def _go(self, here: list[Visit], there: list[Visit]) -> None:
        """Go to the last of one list, and put the present view onto the other; what is seen already is passed over."""
        now, groups = self._here(), self._view.studio.document.groups
        while here:
            visit = here.pop()
            if (visit[1] is None or visit[1] in groups) and self._far(visit, now):
                there.append(now)
                self._view.look_from(*visit)
                break
        self.changed.emit()

    def _far(self, one: Visit, other: Visit) -> bool:
        """Whether two views differ by more than a little."""
        (a, inside), (b, other_inside) = one, other
        if inside != other_inside:
            return True
        size = QSizeF(self._view.size())
        middle = QPointF(size.width() / 2, size.height() / 2)
        gap = (a.to_scene(middle) - b.to_scene(middle)) * b.scale
        zoomed = not 1 / (1 + _NEAR) < a.scale / b.scale < 1 + _NEAR
        return zoomed or abs(gap.x()) > _NEAR * size.width() or abs(gap.y()) > _NEAR * size.height()
