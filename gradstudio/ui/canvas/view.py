"""The canvas with hands: events become gestures, keys and edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace as changed

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QRegion,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from gradstudio.document.model import Change, Document, NodeId, WireId
from gradstudio.document.regions import GroupId
from gradstudio.files import FileProblem
from gradstudio.insight.health import Light
from gradstudio.ui.blocks import Block, Blocks, block_in
from gradstudio.ui.bridge import Selection, Studio
from gradstudio.ui.canvas import adding, arrange, describe, edits, groups, inserting, keys, opening, overlays, rewires
from gradstudio.ui.canvas.areas import BODY
from gradstudio.ui.canvas.breadcrumbs import Breadcrumbs
from gradstudio.ui.canvas.gestures import zoom
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.gestures.choose import gesture_for
from gradstudio.ui.canvas.gestures.drop import DropGesture, gate_in
from gradstudio.ui.canvas.gestures.dropblock import BlockDropGesture
from gradstudio.ui.canvas.gestures.resize import resize_cursor
from gradstudio.ui.canvas.glide import Glide
from gradstudio.ui.canvas.habits import Habits
from gradstudio.ui.canvas.held import Held, HeldKey
from gradstudio.ui.canvas.homes import home_of
from gradstudio.ui.canvas.inline import InlineEditor
from gradstudio.ui.canvas.layers.frame import Marks
from gradstudio.ui.canvas.metrics import BLEED
from gradstudio.ui.canvas.minimap import Minimap
from gradstudio.ui.canvas.noting import NoteEditor
from gradstudio.ui.canvas.scene import NOTHING, Hit, Part
from gradstudio.ui.canvas.surface import Surface
from gradstudio.ui.canvas.visits import Visits
from gradstudio.ui.canvas.wanted import Wanted
from gradstudio.ui.canvas.writing import CommentEditor

_LEFT, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
_HELD_CURSORS = {
    Held.PAN: Qt.CursorShape.OpenHandCursor,
    Held.CUT: Qt.CursorShape.CrossCursor,
    Held.JOIN: Qt.CursorShape.CrossCursor,
}


class CanvasView(Surface):
    """The network, to look at and to edit by mouse and by keyboard.

    Attributes:
        held: a key that is down, so that the left button pans, cuts or joins.
        habits: what the person has chosen about its behaviour.
        glide: nodes on their way to where a command has put them.
        visits: views there were before, to go back to.
        minimap: the small map in the corner.
        writing: the field in which comments are written.
        breadcrumbs: the way to the group that was entered.
        blocks: the person's own blocks, where there are some.
    """

    paletteRequested = Signal(object)
    """Somebody wants a gate: a `Wanted`."""
    gatePlaced = Signal(str)
    """A node of the gate of this id was added."""
    menuRequested = Signal(object, QPoint)
    """A context menu is wanted for this `Hit` at this point of the screen."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("canvas")
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.held = HeldKey(self)
        self._pending: Gesture | None = None
        self._clicked_away: Selection = ((), (), ())
        self._gesture: Gesture | None = None
        self._button = Qt.MouseButton.NoButton
        self._drop: DropGesture | BlockDropGesture | None = None
        self.blocks: Blocks | None = None
        self._covered = QRegion()
        self._no_menu = False
        self._used_mouse: QPoint | None = None
        self._focus_shown = False
        self.habits = Habits()
        self.glide = Glide(self)
        self.visits = Visits(self)
        self.editor = InlineEditor(self)
        self.noting = NoteEditor(self)
        self.minimap = Minimap(self)
        self.writing = CommentEditor(self)
        self.breadcrumbs = Breadcrumbs(self)
        studio.selectionChanged.connect(self._selection_changed)
        studio.groupToggled.connect(self.toggle_group)
        self.sceneChanged.connect(self._describe)
        self._describe()

    # --- what people do by name -------------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete the current dot; or else the selected nodes and wires."""
        if self.marks.dot is not None:
            rewires.remove_dot(self, self.marks.dot)
        else:
            edits.delete(self)

    def copy(self) -> None:
        """Copy the selected nodes, with the wires between them, as text."""
        edits.copy(self)

    def cut(self) -> None:
        """Copy and delete."""
        edits.cut(self)

    def paste(self) -> None:
        """Paste nodes at the mouse, or in the middle of the view."""
        edits.paste(self)

    def duplicate(self) -> None:
        """Make twins of the selected nodes beside them."""
        edits.duplicate(self)

    def select_all(self) -> None:
        """Select everything that is seen."""
        areas = (*self.scene.stage.opened, *self.studio.document.frames, *self.studio.document.comments)
        self.studio.select(self.scene.stage.nodes(), self.studio.document.wires, areas)

    def walk(self, forward: bool) -> None:
        """Select the node after (or before) the selected one, from left to right."""
        keys.walk(self, forward)

    def rename(self, node: NodeId | None = None) -> None:
        """Edit the name of a node, or of the selected one, in its place."""
        edits.rename(self, node)

    def edit_value(self, node: NodeId | None = None, text: str | None = None) -> bool:
        """Edit the value of a node that has one (a constant) in its place; says whether it has one."""
        return edits.edit_value(self, node, text)

    def edit_in_place(self, node: NodeId | None = None) -> None:
        """Edit the value of a node, or its name where it has none."""
        if not self.edit_value(node):
            self.rename(node)

    def enter_or_edit(self) -> None:
        """Enter the selected group; edit the selected frame, comment or node in its place."""
        areas = self.studio.areas()
        if len(areas) == 1 and areas[0] not in self.studio.document.groups:
            groups.edit_area(self, areas[0])
        elif not (areas and groups.enter_selected(self)):
            self.edit_in_place()

    def enter(self, group: GroupId | None) -> None:
        """See only what lies in a group; None: the whole network."""
        groups.enter(self, group)

    def leave(self) -> bool:
        """See what the group that was entered lies in; says whether one had been."""
        return groups.leave(self)

    def toggle_group(self, group: GroupId) -> None:
        """Open a group in place, or close it."""
        groups.toggle(self, group)

    def reveal(self, node: NodeId) -> None:
        """See a node, wherever it is: enter the group it lies in where it isn't seen."""
        groups.reveal(self, node)

    def home_at(self, at: QPointF) -> GroupId | None:
        """The group that what is put at a scene point goes into."""
        return home_of(self, at)

    def text_height(self, text: str, width: float) -> float:
        """How high a comment of this width must be to show all of a text."""
        return self._bodies.pages.height(text, width)

    def attempt(self, edit: Callable[[], object]) -> str:
        """Carry an edit out; the sentence that refuses it, or nothing."""
        return edits.attempt(edit)

    def move_selection(self, dx: float, dy: float) -> None:
        """Move the selected nodes; repeated moves are one step of undo."""
        edits.nudge(self, dx, dy)

    def place_gate(self, gate: str, at: QPointF | None = None, wire: WireId | None = None) -> NodeId | None:
        """Add a node of this gate with its corner at a scene point (or in the middle of the view) and select it."""
        return adding.place_gate(self, gate, at, wire)

    def add_beside(self, gate: str) -> NodeId | None:
        """Add a node beside what is selected and wired to it, or into the selected wire."""
        return adding.place(self, adding.wanted_beside(self, gate), adding.Chosen(gate))

    def place_block(
        self, block: Document, name: str, at: QPointF | None = None, near: tuple[NodeId, ...] = ()
    ) -> GroupId | None:
        """Put a network in as a closed group with its corner at a scene point (or where there is room)."""
        return inserting.place_block(self, block, name, at, near)

    def read_block(self, block: Block) -> Document | None:
        """The network of a block; None, and a message, where its file is broken or gone."""
        try:
            return None if self.blocks is None else self.blocks.read(block)
        except (FileProblem, OSError) as problem:
            self.studio.messageShown.emit(str(problem))
            return None

    def ask_for_gate(self) -> None:
        """Ask for a gate by keyboard: at the mouse, or beside what is selected."""
        self.want(adding.wanted_by_key(self))

    def want(self, wanted: Wanted, pending: Gesture | None = None) -> None:
        """Ask for a gate; a gesture that is pending stays painted until `wanted_no_more`."""
        self._pending = pending
        self._repaint_overlay()
        self.paletteRequested.emit(wanted)

    def wanted_no_more(self) -> None:
        """A gate was chosen, or none is wanted any more."""
        self._pending = None
        self._repaint_overlay()

    def join_selected(self) -> None:
        """Wire the selected nodes to each other, or put the selected node into the selected wire."""
        rewires.join(self)

    def take_out_selected(self) -> None:
        """Take the selected nodes out of their wires, which heal."""
        rewires.take_out(self)

    def dissolve_selected(self) -> None:
        """Delete the selected nodes; their wires heal."""
        rewires.dissolve(self)

    def unwire_selected(self) -> None:
        """Cut the wires that lead to the selected nodes and away from them."""
        rewires.unwire(self)

    def add_dot(self) -> None:
        """Put a dot on the wire under the mouse, or on the selected one."""
        rewires.add_dot(self)

    def next_dot(self) -> None:
        """Choose the next dot of the selected wire, for the arrow keys and Delete."""
        rewires.next_dot(self)

    def straighten_selected(self) -> None:
        """Take all dots of the selected wires away."""
        rewires.straighten(self)

    def choose_dot(self, dot: tuple[WireId, int] | None) -> None:
        """Let keys move and delete this dot."""
        self.set_marks(changed(self.marks, dot=dot))

    def make_room(self, node: NodeId) -> None:
        """Lay out what a new node was wired to, where somebody wants that."""
        arrange.tidy_inserted(self, node)

    def about_to_jump(self) -> None:
        """Remember the view that is left."""
        self.visits.leave()

    def set_minimap_visible(self, visible: bool) -> None:
        """Show or hide the small map."""
        self.minimap.set_wanted(visible)

    def mouse_in_scene(self) -> QPointF | None:
        """The scene point under the mouse, if the mouse is over the canvas."""
        at = self.mapFromGlobal(QCursor.pos())
        return self.to_scene(QPointF(at)) if self.rect().contains(at) and self.underMouse() else None

    def mouse_is_used(self) -> bool:
        """Whether the mouse hasn't moved since a gate was placed: the next one goes elsewhere."""
        return QCursor.pos() == self._used_mouse

    def use_mouse(self) -> None:
        """A gate was placed."""
        self._used_mouse = QCursor.pos()

    # --- mouse ------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        QToolTip.hideText()
        self._no_menu = False
        if self._gesture is not None:
            if event.button() is _RIGHT:
                self.cancel_gesture()
            return
        pointer = Pointer.of(event, self.camera)
        gesture = gesture_for(self, event.button(), pointer)
        if gesture is not None:
            self._button = event.button()
            self.held.use()
            self._clicked_away = self.studio.chosen
            self._start(gesture)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the gesture, or show what the mouse is over."""
        pointer = Pointer.of(event, self.camera)
        if self._gesture is None:
            self._hover(self._hit(pointer))
            return
        follower = self._gesture.move(pointer)
        if follower is not None:
            self._start(follower)
            follower.move(pointer)
        self._repaint_overlay()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        if self._gesture is None or event.button() is not self._button:
            return
        gesture, self._gesture = self._gesture, None
        self._no_menu = event.button() is _RIGHT
        pointer = Pointer.of(event, self.camera)
        gesture.release(pointer)
        self._repaint_overlay()
        self._hover(self._hit(pointer))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename by the header, open or edit by the body, ask for a gate on empty canvas, add and remove dots."""
        if event.button() is not _LEFT or self.held.now is not Held.NOTHING:
            self.mousePressEvent(event)
            return
        pointer = Pointer.of(event, self.camera)
        hit = self._hit(pointer)
        if hit.part is Part.EMPTY:
            self.studio.select(*self._clicked_away)
            self.want(adding.wanted_at(self, pointer.scene))
        elif hit.part is Part.WIRE:
            rewires.add_dot_at(self, hit.wire, pointer.scene)
        elif hit.part is Part.DOT:
            rewires.remove_dot(self, (hit.wire, hit.index))
        elif hit.part is Part.NODE and hit.header:
            self.rename(hit.node)
        elif hit.part is Part.NODE:
            opening.open_or_edit(self, hit.node)
        elif hit.toggle:
            self.mousePressEvent(event)
        elif hit.part is Part.GROUP and not hit.header:
            self.enter(hit.area)
        elif hit.part in (Part.GROUP, Part.AREA):
            groups.edit_area(self, hit.area)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered outside."""
        super().leaveEvent(event)
        if self._gesture is None:
            self._hover(NOTHING)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom or pan."""
        zoom.wheel(self, event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Select what was clicked and ask for its menu."""
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        if self._gesture is not None or (by_mouse and self._no_menu):
            return
        if by_mouse:
            hit, at = self.scene.hit(self.to_scene(QPointF(event.pos())), self.scale()), event.globalPos()
            edits.select_for_menu(self, hit)
        else:
            hit, bounds = edits.selected_hit(self), self.selected_bounds()
            inside = QRectF(self.rect()) if bounds.isEmpty() else self.camera.rect_to_view(bounds)
            at = self.mapToGlobal(inside.center().toPoint())
        self.menuRequested.emit(hit, at)

    def _start(self, gesture: Gesture) -> None:
        self._gesture = gesture
        self._hover(NOTHING)
        self.setCursor(gesture.cursor)
        gesture.begin()

    def cancel_gesture(self) -> bool:
        """Leave everything as it was before the gesture in progress; says whether there was one."""
        if self._gesture is None:
            return False
        gesture, self._gesture = self._gesture, None
        gesture.cancel()
        self._repaint_overlay()
        self._update_cursor()
        return True

    def gesture_active(self) -> bool:
        """Whether a button is down on the canvas and means something."""
        return self._gesture is not None

    def _hit(self, pointer: Pointer) -> Hit:
        return self.scene.hit(pointer.scene, self.scale(), self.marks.nodes)

    # --- keys and focus -----------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cancel, or what the key means."""
        if not keys.press(self, event):
            super().keyPressEvent(event)
        self._update_cursor()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """A held key is up again."""
        if not self.held.release(event):
            super().keyReleaseEvent(event)
        self._update_cursor()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab asks for a gate; Shift+Tab leaves the canvas."""
        if forward and self.hasFocus():
            self.ask_for_gate()
            return True
        return super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus where it came by keyboard."""
        super().focusInEvent(event)
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self._focus_shown = event.reason() in by_key
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Gestures don't go on without the focus."""
        super().focusOutEvent(event)
        self.held.let_go()
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.cancel_gesture()
        self._focus_shown = False
        self.update()

    # --- drag and drop --------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A gate or a block from the palette may be dropped."""
        self._drop = self._drop_of(event)
        if self._drop is None:
            event.ignore()
            return
        self._drop_moved(event)

    def _drop_of(self, event: QDropEvent) -> DropGesture | BlockDropGesture | None:
        gate = gate_in(event.mimeData())
        if gate is not None:
            return DropGesture(self, gate)
        block = block_in(event.mimeData(), self.blocks)
        document = None if block is None else self.read_block(block)
        return None if block is None or document is None else BlockDropGesture(self, document, block.title)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """The ghost follows."""
        if self._drop is None:
            event.ignore()
        else:
            self._drop_moved(event)

    def _drop_moved(self, event: QDragMoveEvent) -> None:
        if self._drop is not None:
            self._drop.move(self.to_scene(event.position()))
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._repaint_overlay()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The ghost is gone."""
        super().dragLeaveEvent(event)
        self._drop = None
        self._repaint_overlay()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the node, or the block."""
        drop, self._drop = self._drop or self._drop_of(event), None
        if drop is None:
            event.ignore()
            return
        drop.drop(self.to_scene(event.position()))
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._repaint_overlay()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what stands out --------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Tooltips and pinching."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = "" if self._gesture is not None else describe.tooltip(self, self.to_scene(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        if isinstance(event, QNativeGestureEvent) and zoom.pinch(self, event):
            return True
        return super().event(event)

    def show_lights(self, lights: Mapping[NodeId, Light] | None) -> None:
        """Show how nodes are, or (None) nothing of it."""
        self.set_marks(changed(self.marks, lights=lights))

    def _selection_changed(self, nodes: Iterable[NodeId], wires: Iterable[WireId]) -> None:
        dot = self.marks.dot if self.marks.dot is not None and self.marks.dot[0] in wires else None
        areas = frozenset(self.studio.areas())
        seen = frozenset((*nodes, *(-i for i in areas)))
        self.set_marks(changed(self.marks, nodes=seen, wires=frozenset(wires), dot=dot, areas=areas))
        self._describe()

    def _describe(self) -> None:
        self.setAccessibleName(self.tr("Network canvas"))
        self.setAccessibleDescription(describe.summary(self))

    def _hover(self, hit: Hit) -> None:
        m = self.marks
        if hit != m.hover:
            region = self._hover_region(m.hover) + self._hover_region(hit)
            self.set_marks(changed(m, hover=hit), region)
        self._update_cursor()

    def _hover_region(self, hit: Hit) -> QRegion:
        if hit.part in (Part.WIRE, Part.DOT) and hit.wire in self.scene.wires.row:
            left, top, right, bottom = self.scene.wires.hull[self.scene.wires.row[hit.wire]].tolist()
            return QRegion(self.pixels(QRectF(left, top, right - left, bottom - top).adjusted(-4, -4, 4, 4)))
        rect = self.scene.area_rect(hit.area) if hit.area else self.scene.node_rect(hit.node)
        return QRegion() if rect.isNull() else QRegion(self.pixels(rect.adjusted(-BLEED, -BLEED, BLEED, BLEED)))

    def _update_cursor(self) -> None:
        if self._gesture is not None:
            return
        shape = Qt.CursorShape.ArrowCursor
        if self.held.now is not Held.NOTHING:
            shape = _HELD_CURSORS[self.held.now]
        elif self.marks.hover.is_port:
            shape = Qt.CursorShape.CrossCursor
        elif self.marks.hover.part is Part.WIRE or self.marks.hover.toggle:
            shape = Qt.CursorShape.PointingHandCursor
        elif self.marks.hover.edges != BODY:
            shape = resize_cursor(self.marks.hover.edges)
        elif self.marks.hover.part is Part.DOT:
            shape = Qt.CursorShape.SizeAllCursor
        if self.cursor().shape() is not shape:
            self.setCursor(shape)

    # --- painting over the network ----------------------------------------------------------------------------------

    def paint_overlay(self, painter: QPainter) -> None:
        """The gesture, the ghost of a drop, the focus."""
        if self._drop is None:
            super().paint_overlay(painter)
        else:
            self._drop.paint(painter)
        if self._gesture is not None:
            self._gesture.paint(painter)
        if self._pending is not None:
            self._pending.paint(painter)
        if self._focus_shown and self.hasFocus():
            overlays.draw_focus(painter, QSizeF(self.size()), self.ink)

    def _repaint_overlay(self) -> None:
        """Repaint what the gesture covered and what it covers now."""
        now = QRegion()
        if self._gesture is not None:
            now = self._gesture.region()
        elif self._pending is not None:
            now = self._pending.region()
        elif self._drop is not None:
            now = QRegion(self._drop.extent().toAlignedRect())
        region = self._covered + now
        self._covered = now
        self.show_again(self.rect() if self._drop is not None and not len(self.scene.nodes) else region)

    def _document_changed(self, change: Change) -> None:
        super()._document_changed(change)
        dot = self.marks.dot
        if dot is not None and dot not in self.scene.wires.dots()[0]:
            self.choose_dot(None)
        if change.nodes or change.wires or change.groups or change.frames or change.comments:
            self._pending = None
            self.cancel_gesture()

    def _inside_changed(self) -> None:
        self.cancel_gesture()
        self._pending = None
        self.editor.cancel()
        self.noting.cancel()
        self.marks = changed(self.marks, hover=NOTHING, dot=None)
        super()._inside_changed()
        self._describe()

    def _document_replaced(self) -> None:
        self.cancel_gesture()
        self._pending = None
        self.editor.cancel()
        self.marks = Marks()
        super()._document_replaced()
        self._describe()
