"""Groups, frames and comments by name: made of what is selected, opened, closed, entered, left, taken apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF

from gradstudio.document import commands, grouping, remarks
from gradstudio.document.model import Document, NodeId, Patch
from gradstudio.document.nesting import all_members, chain
from gradstudio.document.regions import AreaId, GroupId
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.ui.canvas.boxes import closed
from gradstudio.ui.canvas.gestures.move import snapped
from gradstudio.ui.canvas.metrics import AREA_HEADER, AREA_LEAST, HEADER, MARGIN, TOGGLE
from gradstudio.ui.canvas.roominess import moved_aside

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_PAD = 24.0
"""Room between what is selected and the frame put around it."""
_FRAME = (360.0, 220.0)
"""Size of a frame put around nothing,"""
COMMENT = (260.0, 60.0)
"""and of a comment."""


def say(text: str) -> str:
    """A text in the person's language."""
    return QCoreApplication.translate("Canvas", text)


def selected_groups(view: CanvasView) -> tuple[GroupId, ...]:
    """The groups that are selected."""
    return tuple(i for i in view.studio.areas() if i in view.studio.document.groups)


def selected_remarks(view: CanvasView) -> tuple[AreaId, ...]:
    """The frames and comments that are selected."""
    return tuple(i for i in view.studio.areas() if i not in view.studio.document.groups)


def meant_groups(view: CanvasView) -> tuple[GroupId, ...]:
    """The groups that are selected; else those the selected nodes lie in, as far as they are seen."""
    found = selected_groups(view)
    if found or not view.studio.document.groups:
        return found
    document, stage = view.studio.document, view.scene.stage
    homes = (document.nodes[i].group for i in view.studio.selection()[0])
    return tuple(dict.fromkeys(home for home in homes if home is not None and home in stage.opened))


# --- making and taking apart ----------------------------------------------------------------------------------------


def group_selected(view: CanvasView) -> None:
    """Make a closed group of what is selected, its box in the middle of it."""
    nodes, groups, areas = view.studio.selection()[0], selected_groups(view), selected_remarks(view)
    document, centre = view.studio.document, view.selected_bounds().center()
    made: list[GroupId] = []

    def make() -> Patch:
        patch, group = grouping.group(document, nodes, groups, areas)
        trial = Rehearsal(document)
        trial.do(patch)
        trial.do(_placed(trial.doc, group, centre))
        made[:] = [group]
        return trial.patch(patch.title)

    if view.studio.do(make):
        view.studio.select(all_members(document, made[0]), (), made)


def _placed(document: Document, group: GroupId, centre: QPointF) -> Patch:
    """The box of a closed group with its middle at a point."""
    look = closed(document, group)[3].look
    at = snapped(centre.x() - look.width / 2), snapped(centre.y() - look.height / 2)
    opened = grouping.set_collapsed(document, [group], False)
    trial = Rehearsal(document)
    trial.do(opened)
    trial.do(grouping.set_collapsed(trial.doc, [group], True, {group: at}))
    return trial.patch("Place")


def ungroup_selected(view: CanvasView) -> None:
    """Take the selected groups apart (or those the selected nodes are in); what was in them stays selected."""
    groups, document = meant_groups(view), view.studio.document
    nodes = [node for i in groups for node in all_members(document, i)]
    if not groups:
        return

    def make() -> Patch:
        trial = Rehearsal(document)
        for i in groups:
            if document.groups[i].collapsed:
                _step_aside(view, trial, i)
        patch = grouping.ungroup(document, groups)
        trial.do(grouping.ungroup(trial.doc, groups))
        return trial.patch(patch.title)

    before = _homes(view)
    if view.studio.do(make):
        view.studio.select(nodes)
        view.glide.start(before)
        view.make_visible(nodes)


def take_out_selected(view: CanvasView) -> None:
    """Take what is selected out of its group, into the one around it."""
    nodes, groups = view.studio.selection()[0], selected_groups(view)
    document = view.studio.document
    held = {i for over in groups for i in all_members(document, over)}
    homes = {document.nodes[i].group for i in nodes if i not in held} | {document.groups[i].parent for i in groups}
    inner = max((home for home in homes if home is not None), key=lambda i: len(chain(document, i)), default=None)
    if inner is None or inner == view.scene.stage.inside:
        view.studio.messageShown.emit(say("What is selected lies in no group that could be left."))
        return
    parent = document.groups[inner].parent
    loose = [i for i in nodes if i not in held and document.nodes[i].group == inner]
    whole = [i for i in groups if document.groups[i].parent == inner]
    view.studio.do(lambda: grouping.move_into(document, loose, whole, parent))


# --- opening and closing --------------------------------------------------------------------------------------------


def toggle_selected(view: CanvasView) -> None:
    """Open the selected groups in place, or close them where one of them is open."""
    groups, document = meant_groups(view), view.studio.document
    if groups:
        set_collapsed(view, groups, all(not document.groups[i].collapsed for i in groups) or not selected_groups(view))


def toggle(view: CanvasView, group: GroupId) -> None:
    """Open a group in place, or close it."""
    set_collapsed(view, (group,), not view.studio.document.groups[group].collapsed)


def set_collapsed(view: CanvasView, groups: Iterable[GroupId], collapsed: bool) -> None:
    """Close groups, or open them in place: then what would be in the way goes aside, in the same step."""
    document, chosen = view.studio.document, tuple(groups)

    def make() -> Patch:
        places = {i: _box_place(view, i) for i in chosen} if collapsed else {}
        patch = grouping.set_collapsed(document, chosen, collapsed, places)
        if collapsed:
            return patch
        trial = Rehearsal(document)
        for i in chosen:
            _step_aside(view, trial, i)
        trial.do(grouping.set_collapsed(trial.doc, chosen, False))
        return trial.patch(patch.title)

    before = _homes(view)
    if view.studio.do(make):
        nodes = [node for i in chosen for node in all_members(document, i)]
        view.studio.select(nodes, (), chosen)
        if not collapsed:
            view.glide.start(before)
        view.make_visible(nodes)


def _box_place(view: CanvasView, group: GroupId) -> tuple[float, float]:
    """Where the box of an opened group goes: where it was, if that is on its sheet; else into the middle."""
    document, sheet = view.studio.document, view.scene.area_rect(group)
    record, look = document.groups[group], closed(document, group)[3].look
    if sheet.contains(QRectF(record.x, record.y, look.width, look.height)):
        return record.x, record.y
    centre = sheet.center()
    return snapped(centre.x() - look.width / 2), snapped(centre.y() - look.height / 2)


def _step_aside(view: CanvasView, trial: Rehearsal, group: GroupId) -> None:
    if -group in view.scene.nodes.row:
        nodes, rects = moved_aside(view, group)
        if nodes or rects:
            trial.do(commands.move(trial.doc, nodes, rects, inside=view.studio.stage.inside))


def _homes(view: CanvasView) -> dict[int, tuple[float, float]]:
    return {i: home for i in view.scene.nodes.ids if (home := view.scene.home(i)) is not None}


# --- in and out -----------------------------------------------------------------------------------------------------


def enter(view: CanvasView, group: GroupId | None) -> None:
    """See only what lies in a group; None: the whole network."""
    if group != view.studio.stage.inside:
        view.about_to_jump()
        view.studio.enter(group)


def enter_selected(view: CanvasView) -> bool:
    """Enter the selected group; says whether there is one."""
    groups = meant_groups(view)
    if groups:
        enter(view, groups[0])
    return bool(groups)


def leave(view: CanvasView) -> bool:
    """See what the group that was entered lies in, itself selected; says whether there was one."""
    group, document = view.studio.stage.inside, view.studio.document
    if group is None:
        return False
    enter(view, document.groups[group].parent)
    view.studio.select(all_members(document, group), (), (group,))
    return True


def reveal(view: CanvasView, node: NodeId) -> None:
    """See a node, wherever it is: enter the group it lies in where it isn't seen."""
    if view.scene.stage.of(node) != node:
        enter(view, view.studio.document.nodes[node].group)


def reveal_group(view: CanvasView, group: GroupId) -> None:
    """See a group, wherever it lies, as a box or opened, and select it."""
    document = view.studio.document
    if group not in view.scene.stage.opened and -group not in view.scene.nodes.row:
        enter(view, document.groups[group].parent)
    view.studio.select(all_members(document, group), (), (group,))


# --- frames and comments --------------------------------------------------------------------------------------------


def add_frame(view: CanvasView) -> None:
    """Put a frame around what is selected, or into the middle; its title is asked for."""
    bounds = view.selected_bounds()
    if bounds.isEmpty():
        centre = view.mouse_in_scene() or view.visible_area().center()
        rect = QRectF(snapped(centre.x() - _FRAME[0] / 2), snapped(centre.y() - _FRAME[1] / 2), *_FRAME)
    else:
        rect = bounds.adjusted(-_PAD, -_PAD - AREA_HEADER, _PAD, _PAD)
    made = _add(view, lambda doc: remarks.add_frame(doc, _tuple(rect), say("Frame"), group=view.scene.stage.inside))
    if made is not None:
        view.studio.select((), (), (made,))
        rename_area(view, made, fresh=True)


def add_comment(view: CanvasView, at: QPointF | None = None) -> None:
    """Write a comment at a scene point, at the mouse, or in the middle."""
    place = at or view.mouse_in_scene() or view.visible_area().center()
    rect = QRectF(snapped(place.x()), snapped(place.y()), *COMMENT)
    view.writing.open(None, rect)


def _add(view: CanvasView, make: Callable[[Document], tuple[Patch, AreaId]]) -> AreaId | None:
    made: list[AreaId] = []

    def patch() -> Patch:
        result, area = make(view.studio.document)
        made[:] = [area]
        return result

    return made[0] if view.studio.do(patch) else None


def resize_selected(view: CanvasView, dx: float, dy: float) -> None:
    """Move the right and the lower edge of the selected frames and comments; none becomes smaller than can be seen."""
    document, least = view.studio.document, AREA_LEAST
    rects: dict[AreaId, remarks.Rect] = {}
    for i in selected_remarks(view):
        x, y, width, height = remarks.rect_of(document.frames.get(i) or document.comments[i])
        rects[i] = x, y, max(width + dx, min(least[0], width)), max(height + dy, min(least[1], height))
    if rects:
        view.studio.do(lambda: remarks.lay(document, rects))


def _tuple(rect: QRectF) -> remarks.Rect:
    return rect.x(), rect.y(), rect.width(), rect.height()


def edit_area(view: CanvasView, area: AreaId) -> None:
    """Edit the words of a comment, or the name of a group or a frame, in place."""
    if area in view.studio.document.comments:
        view.writing.open(area, view.scene.area_rect(area))
    else:
        rename_area(view, area)


def rename_area(view: CanvasView, area: AreaId, *, fresh: bool = False) -> None:
    """Open a field over the name of a group or the title of a frame."""
    document, studio = view.studio.document, view.studio
    rect = view.scene.area_rect(area)
    right = MARGIN + TOGGLE if area in document.groups else MARGIN
    field = QRectF(rect.left() + MARGIN - 8, rect.top() + 2, max(rect.width() - MARGIN - right + 8, 60), HEADER - 4)
    is_group = area in document.groups
    text = document.groups[area].name if is_group else document.frames[area].title

    def patch(typed: str) -> Patch:
        if is_group:
            return grouping.rename_group(document, area, typed)
        return remarks.set_title(document, area, typed)

    def commit(typed: str) -> str:
        if fresh:
            return view.attempt(lambda: studio.history.amend(patch(typed)))
        return view.attempt(lambda: studio.edit(lambda: patch(typed)))

    title = say("Name of the group") if is_group else say("Title of the frame")
    view.editor.open(field, text, title, commit)
