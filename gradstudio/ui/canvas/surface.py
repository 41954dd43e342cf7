"""The canvas without hands: it shows the studio's network, follows its changes, and moves over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QRegion, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from gradstudio.document.model import Change, Dot, NodeId, WireId
from gradstudio.document.regions import AreaId, GroupId
from gradstudio.document.remarks import Rect
from gradstudio.document.stage import ShownId
from gradstudio.training.snapshot import Snapshot
from gradstudio.ui.bridge import Studio
from gradstudio.ui.canvas import overlays
from gradstudio.ui.canvas.asked import Asked
from gradstudio.ui.canvas.attention import Attention
from gradstudio.ui.canvas.backing import Backing, copy, merged
from gradstudio.ui.canvas.bodies import BodyCache
from gradstudio.ui.canvas.camera import Camera
from gradstudio.ui.canvas.edited import Edited
from gradstudio.ui.canvas.ground import Ground
from gradstudio.ui.canvas.ink import Ink
from gradstudio.ui.canvas.layers.frame import Frame, Marks, Near
from gradstudio.ui.canvas.layers.grid import paint_grid
from gradstudio.ui.canvas.layers.labels import differ, label_strength, paint_labels
from gradstudio.ui.canvas.layers.overview import paint_sketch
from gradstudio.ui.canvas.metrics import BLEED, LABEL_REACH, NOTE_REACH, NOTE_WIDTH
from gradstudio.ui.canvas.nodes import Rows
from gradstudio.ui.canvas.painter import paint_frame
from gradstudio.ui.canvas.readings import Readings
from gradstudio.ui.canvas.scene import Scene
from gradstudio.ui.canvas.still import Still
from gradstudio.ui.canvas.stretch import Stretch
from gradstudio.ui.theme import Theme

_LABELS, _LABELS_MOVING, _LABELS_AT_REST, _LABELS_FIRST = 0.002, 0.001, 0.008, 0.05
"""Seconds for finding places for labels in one frame: as a rule, while the view moves, then when it rests, at first."""
_SOON_MS = 30


class Surface(QWidget):
    """One painted widget over the arrays of a `Scene`.

    Attributes:
        studio: whose network it shows.
        scene: its geometry.
        camera: which part is shown.
        readings: the numbers on it.
        marks: what stands out.
        hints: whether an empty canvas tells how to begin.
        backing: the picture of what is in view.
        stretch: shows that picture larger or smaller while somebody zooms.
    """

    viewChanged = Signal()
    """The camera moved, or the widget was resized."""
    sceneChanged = Signal()
    """Nodes or wires came, went or moved."""
    nodesDragged = Signal()
    """Nodes are shown elsewhere for now."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.scene = Scene(studio.document, studio.stage.inside)
        self.camera = Camera()
        self._cameras: dict[GroupId | None, Camera] = {}
        self.marks = Marks()
        self.hints = True
        self._asked: Asked | None = None
        self.ink = Ink(studio.theme)
        self._bodies = BodyCache(self.ink)
        self._last: Snapshot | None = studio.snapshot()
        self.readings = self._read(None)
        self._fits_itself = True
        self._still: Still | None = None
        self._held_over = QRect()
        self._outdated = True
        self._ground = Ground(self)
        self._edited = Edited(self)
        self.backing = Backing(self)
        self.stretch = Stretch(self, self.backing)
        self._again = QTimer(self)
        self._again.setObjectName("canvas.again")
        self._again.setSingleShot(True)
        self._again.setInterval(_SOON_MS)
        self._again.timeout.connect(self._place_the_rest)
        self._patience = _LABELS
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        studio.documentChanged.connect(self._document_changed)
        studio.documentReplaced.connect(self._document_replaced)
        studio.snapshotTaken.connect(self._snapshot_taken)
        studio.themeChanged.connect(self._theme_changed)
        studio.insideChanged.connect(self._inside_changed)
        self._attention = Attention(self)

    # --- following the studio -----------------------------------------------------------------------------

    def _read(self, before: Readings | None) -> Readings:
        fresh = self.studio.snapshot()
        return Readings(
            self.studio.document, fresh or self._last, stale=fresh is None, before=before, asked=self._asked
        )

    def set_asked(self, asked: Asked | None) -> None:
        """Write something else in place of the numbers that are asked for; None: ask for nothing."""
        self._asked = asked
        self.readings = self._read(self.readings)
        self.update()

    def _document_changed(self, change: Change) -> None:
        was, before = self._edited.reach(change), self.readings
        if change.nodes or change.wires or change.groups or change.frames or change.comments:
            self._still = None
            self.scene.sync(change)
            self.sceneChanged.emit()
        self.readings = self._read(before)
        now = self._edited.reach(change)
        if was is None or now is None or before.problems != self.readings.problems:
            self.update()
        else:
            self.update(was + now)
            self._edited.start()

    def _inside_changed(self) -> None:
        """Show the group that was entered, or what it lies in as it was seen last."""
        left = self.scene.stage.inside
        self._cameras[left] = self.camera
        self.scene = Scene(self.studio.document, self.studio.stage.inside)
        self._still = None
        inside = self.studio.stage.inside
        outwards = inside is None or left not in self.studio.document.groups or self.scene.stage.at(left) is not None
        if outwards and inside in self._cameras:
            self._look(self._cameras[inside])
        else:
            self._fit()
        self.sceneChanged.emit()
        self.update()

    def _document_replaced(self) -> None:
        self.scene = Scene(self.studio.document)
        self._cameras = {}
        self._still = None
        self._last = self.studio.snapshot()
        self.readings = self._read(self.readings)
        self._fits_itself = True
        self._fit_again()
        self.sceneChanged.emit()
        self.update()

    def _snapshot_taken(self, snapshot: Snapshot) -> None:
        if snapshot.revision != self.studio.document.graph_revision:
            return
        before, self._last = self.readings, snapshot
        self.readings = self._read(before)
        if before.problems != self.readings.problems or self._edited.isActive():
            self.update()
        elif self._outdated or label_strength(self.camera.scale) <= 0:
            return
        elif self.stretch.active and not self.stretch.renews:
            self.stretch.outdate()
        elif differ(self.scene, self.visible_area(), before, self.readings):
            self._ground.numbers_changed()
            self.stretch.end()
            self.backing.forget()
            super().update()
        elif self._still is not None and self._still.readings is before:
            self._still = replace(self._still, readings=self.readings)
        else:
            self.backing.leave_view()

    def _theme_changed(self, theme: Theme) -> None:
        self.ink = Ink(theme)
        self._bodies = BodyCache(self.ink)
        self._still = None
        self.update()

    # --- looking ------------------------------------------------------------------------------------------

    def scale(self) -> float:
        """The zoom: 1.0 shows a unit as a pixel."""
        return self.camera.scale

    def set_scale(self, scale: float) -> None:
        """Zoom to a scale around the middle of the view."""
        self.about_to_jump()
        self._look(self.camera.zoomed(scale / self.camera.scale, QPointF(self.width() / 2, self.height() / 2)))

    def to_view(self, at: QPointF) -> QPointF:
        """A scene point in the widget."""
        return self.camera.to_view(at)

    def to_scene(self, at: QPointF) -> QPointF:
        """A point of the widget in the scene."""
        return self.camera.to_scene(at)

    def node_rect(self, node: NodeId) -> QRectF:
        """A node's box in the scene; empty if it isn't there."""
        return self.scene.node_rect(node)

    def port_point(self, node: NodeId, port: str, is_output: bool) -> QPointF:
        """Where a port is in the scene.

        Raises:
            KeyError: if there is no such port.
        """
        point = self.scene.port_point(node, port, is_output)
        if point is None:
            raise KeyError(f"node {node} has no {'output' if is_output else 'input'} “{port}”")
        return point

    def visible_area(self) -> QRectF:
        """The part of the scene that is shown."""
        return self.camera.rect_to_scene(QRectF(self.rect()))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom around a point of the view, or its middle; a view full of nodes is sharp again a little later."""
        centre = at if at is not None else QPointF(self.width() / 2, self.height() / 2)
        before, self.camera = self.camera, self.camera.zoomed(factor, centre)
        self._fits_itself = False
        self._moving()
        if self._still is None and not self._ground.is_kept:
            self.stretch.moved(before)
            super().update()
        else:
            self.update()
        self.viewChanged.emit()

    def zoom_to_fit(self, selection: bool = False) -> None:
        """Show the whole network, or the selected nodes."""
        if not self._fits_itself:
            self.about_to_jump()
        self._fit(selection)

    def _fit(self, selection: bool = False) -> None:
        bounds = self.selected_bounds() if selection else QRectF()
        if bounds.isEmpty():
            bounds = self.scene.bounds()
        if bounds.isEmpty():
            self._look(Camera())
        else:
            self._look(Camera.fitting(bounds, QSizeF(self.size())))

    def selected_bounds(self) -> QRectF:
        """The box around what is selected: nodes, groups, frames and comments; empty where nothing is."""
        nodes = self.studio.selection()[0]
        bounds = self.scene.bounds(nodes) if nodes else QRectF()
        for area in self.studio.areas():
            bounds = bounds.united(self.scene.area_rect(area))
        return bounds

    def center_on(self, node: NodeId) -> None:
        """Bring a node to the middle of the view."""
        rect = self.scene.node_rect(node)
        if not rect.isNull():
            self.about_to_jump()
            self.look_at(rect.center())

    def look_at(self, at: QPointF) -> None:
        """Bring a scene point to the middle of the view."""
        self._look(self.camera.centered(at, QSizeF(self.size())))

    def look_from(self, camera: Camera, inside: GroupId | None = None) -> None:
        """Show what this camera sees, of the network or inside a group."""
        self.studio.enter(inside)
        self._look(camera)

    def about_to_jump(self) -> None:
        """The view is going to show another place at once."""

    def make_visible(self, nodes: Iterable[NodeId]) -> None:
        """Pan as little as needed to show these nodes."""
        rect = self.camera.rect_to_view(self.scene.bounds(nodes))
        view = QRectF(self.rect()).adjusted(24, 24, -24, -24)
        dx = max(view.left() - rect.left(), 0.0) or min(view.right() - rect.right(), 0.0)
        dy = max(view.top() - rect.top(), 0.0) or min(view.bottom() - rect.bottom(), 0.0)
        if dx or dy:
            self.pan(round(dx), round(dy))

    def pan(self, dx: int, dy: int) -> None:
        """Move the picture by so many pixels: what stays in view is copied, only what is new is painted."""
        if not (dx or dy):
            return
        self._fits_itself = False
        self._ground.forget()
        self._moving()
        before, self.camera = self.camera, self.camera.panned(dx, dy)
        if self.stretch.active:
            self.stretch.moved(before)
        else:
            self.backing.pan(dx, dy)
        super().update()
        self.viewChanged.emit()

    def _look(self, camera: Camera) -> None:
        self._fits_itself = False
        self._moving()
        self.camera = camera
        self.update()
        self.viewChanged.emit()

    def _fit_again(self) -> None:
        """Fit a network nobody has moved over yet into the view."""
        if self._fits_itself and self.width() > 1:
            self.zoom_to_fit()
            self._fits_itself = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep an untouched network fitted."""
        super().resizeEvent(event)
        self.stretch.end()
        self._fit_again()
        self.viewChanged.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit a network that is shown first."""
        super().showEvent(event)
        self._fit_again()

    # --- gestures in progress -------------------------------------------------------------------------------

    def displace(
        self, places: Mapping[ShownId, tuple[float, float]], rects: Mapping[AreaId, Rect] | None = None
    ) -> None:
        """Show nodes, frames and comments elsewhere for now: the rest stands still, in a picture under them."""
        areas = frozenset((*(rects or ()), *self.scene.areas.holding(self.scene.nodes.rows(places))))
        dirty = self._covered_by(places, areas)
        if self._still is None:
            self.scene.labels.begin(_LABELS_AT_REST)
            self._still = self._paint_still(places, areas)
            self.scene.labels.end()
        self.scene.displace(places)
        self.scene.lay(rects or {})
        self._held_over = self._covered_by(places, areas)
        self.update(dirty.united(self._held_over))
        self.nodesDragged.emit()

    def lead(self, vias: Mapping[WireId, tuple[Dot, ...]]) -> None:
        """Show wires led through other dots for now."""
        rows = np.array([self.scene.wires.row[wire] for wire in vias], np.intp)
        region = self.hulls(rows)
        self.scene.lead(vias)
        self.update(region + self.hulls(rows))

    def hulls(self, rows: Rows) -> QRegion:
        """What these wires with their labels cover in the view."""
        region = QRegion()
        for left, top, right, bottom in self.scene.wires.hull[rows].tolist():
            hull = QRectF(left, top, right - left, bottom - top)
            region += QRegion(self.pixels(hull.adjusted(-LABEL_REACH, -LABEL_REACH, LABEL_REACH, LABEL_REACH)))
        return region

    def settle(self) -> None:
        """Nothing is shown elsewhere any more."""
        self._still = None
        self.scene.settle()
        self.update()

    def _covered_by(self, nodes: Iterable[ShownId], areas: Iterable[AreaId]) -> QRect:
        """What these nodes with their wires and labels, and these sheets, cover in the view."""
        rows = self.scene.nodes.rows(nodes)
        wires = self.scene.wires.hull[self.scene.wires.touching(rows)]
        covered = self.scene.nodes.bounds(rows).adjusted(-BLEED, -BLEED, LABEL_REACH, BLEED)
        if any(self.scene.nodes.faces[row].note for row in rows):
            covered.adjust(0.0, 0.0, NOTE_WIDTH, NOTE_REACH)
        if len(wires):
            (left, top), (right, bottom) = wires[:, :2].min(axis=0).tolist(), wires[:, 2:].max(axis=0).tolist()
            hull = QRectF(left, top, right - left, bottom - top)
            covered = covered.united(hull.adjusted(-LABEL_REACH, -LABEL_REACH, LABEL_REACH, LABEL_REACH))
        for area in areas:
            covered = covered.united(self.scene.areas.rect(area).adjusted(-BLEED, -BLEED, BLEED, BLEED))
        return self.pixels(covered).intersected(self.rect())

    def _paint_still(self, nodes: Iterable[ShownId], areas: frozenset[AreaId]) -> Still:
        """The view without these nodes and their wires, and without these sheets."""
        held = np.zeros(len(self.scene.nodes), bool)
        held[self.scene.nodes.rows(nodes)] = True
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        with QPainter(picture) as painter:
            self.paint_part(painter, QRectF(self.rect()), held=held, held_areas=areas)
        return Still(picture, held, areas, self.camera, self.readings)

    def pixels(self, rect: QRectF) -> QRect:
        """A scene rectangle in whole pixels of the view."""
        return self.camera.rect_to_view(rect).toAlignedRect().adjusted(-2, -2, 2, 2)

    def look_around(self) -> None:
        """Tell the studio what is in view now."""
        self._attention.tell()

    def set_marks(self, marks: Marks, region: QRegion | None = None) -> None:
        """Let other things stand out."""
        if marks != self.marks:
            self.marks = marks
            self.update(region) if region is not None else self.update()

    # --- painting -------------------------------------------------------------------------------------------

    def update(self, *part: Any) -> None:
        """Paint the view anew, or a part of it (as `QWidget.update` takes it)."""
        self._ground.forget()
        self._outdated |= not part
        if not part:
            self._edited.stop()
            self.stretch.end()
        elif self.stretch.active:
            self.stretch.outdate()
        if not self.stretch.active:
            self.backing.forget(QRegion(*part) if part else None)
        super().update(*part)

    def show_again(self, *part: Any) -> None:
        """Show the view, or a part of it, with nothing on it painted anew but what lies over the network."""
        super().update(*part)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is exposed: from the picture that is kept of it, where there is one."""
        self._outdated = False
        with QPainter(self) as painter:
            self._begin_labels(_LABELS_FIRST if self.scene.labels.wires.fresh else self._patience)
            self._patience = _LABELS
            self._check_still()
            kept = self._ground.picture() if self._still is None else self._still.picture
            if kept is not None:
                self._paint_over(painter, event.region(), kept)
            elif self.stretch.active:
                self.stretch.show(painter, event.region())
            elif self.backing.suits(painter):
                self.backing.show(painter, event.region())
            else:
                for rect in merged(event.region()):
                    painter.setClipRect(rect)
                    self.paint_part(painter, QRectF(rect))
            painter.setClipRect(event.rect())
            self.paint_overlay(painter)
        self._end_labels(event.region())
        self.backing.prepare_soon()

    def _paint_over(self, painter: QPainter, region: QRegion, kept: QPixmap) -> None:
        """Copy the picture of what stands still, and paint over it what doesn't: numbers, or what is dragged."""
        near = Near(self.scene, self.visible_area(), self.visible_area())
        for rect in merged(region):
            painter.setClipRect(rect)
            copy(painter, rect, kept, QPoint())
            if self._still is None:
                paint_labels(self._frame(painter, QRectF(rect), near=near))
        if self._still is not None:
            self._paint_held(painter, region.intersected(self._held_over), self._still)

    def _begin_labels(self, seconds: float) -> None:
        self.scene.labels.begin(seconds)

    def _end_labels(self, region: QRegion | None = None) -> bool:
        """What was shown (or prepared: None) is painted; whether all labels were, which follow soon otherwise."""
        labels = self.scene.labels
        labels.end()
        for place in labels.vacated:
            was = QRegion(self.pixels(place))
            if region is None or not was.subtracted(region).isEmpty():
                self.backing.forget(was)
                super().update(was)
        if labels.unfinished and region is not None:
            self._again.start()
        return not labels.unfinished

    def may_prepare(self) -> bool:
        """Whether what isn't in view may be painted ahead: nobody needs the time, and numbers don't stream."""
        busy = self.studio.running or self.stretch.active or self._ground.is_kept or self._again.isActive()
        return not busy and self._still is None and self.isVisible()

    def prepare(self, region: QRegion, camera: Camera | None = None, seconds: float = _LABELS_MOVING) -> bool:
        """Paint a region of the backing; whether all labels have found their places."""
        self._begin_labels(seconds)
        self.backing.fill(region, camera)
        return self._end_labels()

    @property
    def at_rest(self) -> bool:
        """Whether the picture is sharp, and all labels that have room are on it."""
        return not (self._again.isActive() or self.stretch.active)

    def place_the_rest_soon(self) -> None:
        """Some labels have found no place yet."""
        self._again.start()

    def paint_roughly(self, painter: QPainter, rect: QRectF) -> None:
        """Paint where nodes are in a part of the view: just for a moment."""
        frame = self._frame(painter, rect)
        paint_grid(frame)
        paint_sketch(frame)
        frame.in_view()

    def _paint_held(self, painter: QPainter, region: QRegion, still: Still) -> None:
        """Paint what is dragged over what stands still: all of it in one go, however the region is cut."""
        if not region.isEmpty():
            painter.setClipRegion(region)
            self.paint_part(
                painter, QRectF(region.boundingRect()), held=still.held, held_areas=still.areas, held_only=True
            )

    def _place_the_rest(self) -> None:
        """The view rests: labels there was no time for find their places."""
        if self.stretch.active:
            self._again.start()
        elif self._ground.is_kept:
            super().update()
        else:
            self._patience = _LABELS_AT_REST
            self.stretch.renew()
            super().update()

    def _moving(self) -> None:
        """The view moves: labels can wait until it rests."""
        self._patience = _LABELS_MOVING
        if self._again.isActive():
            self._again.start()

    def _check_still(self) -> None:
        """Paint the picture of what stands still anew, where the view or the numbers have changed meanwhile."""
        still = self._still
        if still is None or (still.camera is self.camera and still.readings is self.readings and still.fits(self)):
            return
        self._still = None
        self._held_over = self.rect()
        if len(still.held) == len(self.scene.nodes):
            ids = self.scene.nodes.ids
            rows = np.nonzero(still.held)[0].tolist()
            self._still = self._paint_still([ids[row] for row in rows], still.areas)

    def paint_part(self, painter: QPainter, rect: QRectF, **how: Any) -> None:
        """Paint a part of the view; `how` are fields of `Frame`."""
        paint_frame(self._frame(painter, rect, **how))

    def paint_ground(self, painter: QPainter) -> None:
        """Paint all that is in view, without the labels."""
        paint_frame(self._frame(painter, QRectF(self.rect())), labels=False)

    def _frame(self, painter: QPainter, rect: QRectF, *, camera: Camera | None = None, **how: Any) -> Frame:
        ratio = painter.deviceTransform().m11() / painter.worldTransform().m11()
        camera = camera or self.camera
        if how.get("near") is None:
            view = camera.rect_to_scene(QRectF(self.rect()))
            how["near"] = Near(self.scene, view.united(camera.rect_to_scene(rect)), view)
        return Frame(
            painter, self.scene, camera, camera.rect_to_scene(rect), self.ink, self._bodies, self.readings,
            self.marks, ratio, **how,
        )  # fmt: skip

    def paint_overlay(self, painter: QPainter) -> None:
        """Paint what lies over the network, in view coordinates."""
        if self.hints and not len(self.scene.nodes) and not len(self.scene.areas):
            overlays.draw_empty(painter, QSizeF(self.size()), self.ink)

    def paint_scene(
        self, painter: QPainter, rect: QRectF, *, background: bool = True, theme: Theme | None = None
    ) -> None:
        """Paint a rectangle of the scene with a painter in scene units, without what is selected or hovered."""
        ink = self.ink if theme is None or theme is self.ink.theme else Ink(theme)
        frame = Frame(painter, self.scene, Camera(), rect, ink, BodyCache(ink), self.readings, vector=True)
        paint_frame(frame, background=background)
