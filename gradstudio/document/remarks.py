"""Frames and comments made, moved, written on. Commands: each makes a patch and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias, TypeVar

from gradstudio.document.bounds import color_problem
from gradstudio.document.model import Document, Patch
from gradstudio.document.ordering import comment_problem, frame_problem
from gradstudio.document.reasons import Reason, Refused
from gradstudio.document.regions import AreaId, Comment, Frame, GroupId

A = TypeVar("A", Frame, Comment)
Rect: TypeAlias = tuple[float, float, float, float]
"""Left, top, width, height."""


def add_frame(
    doc: Document, rect: Rect, title: str = "", color: str = "", group: GroupId | None = None
) -> tuple[Patch, AreaId]:
    """A new frame.

    Raises:
        Refused: for a title, a colour or a rectangle a frame can't have.
    """
    frame = _sound_frame(Frame(doc.new_id(), title.strip(), *_floats(rect), color, group))
    return Patch(f"Add {named(frame)}", frames={frame.id: frame}), frame.id


def add_comment(
    doc: Document, rect: Rect, text: str = "", color: str = "", group: GroupId | None = None
) -> tuple[Patch, AreaId]:
    """A new comment.

    Raises:
        Refused: for a text, a colour or a rectangle a comment can't have.
    """
    comment = _sound_comment(Comment(doc.new_id(), _clean(text), *_floats(rect), color, group))
    return Patch("Add a comment", comments={comment.id: comment}), comment.id


def set_title(doc: Document, frame_id: AreaId, title: str) -> Patch:
    """Another title for a frame; spaces around it are taken off, and it may be empty.

    Raises:
        Refused: for an id that isn't there or a title a frame can't have.
    """
    frame = doc.frames.get(frame_id)
    if frame is None:
        raise _missing(frame_id)
    fresh = _sound_frame(replace(frame, title=title.strip()))
    return Patch(f"Rename {named(frame)} to {fresh.title or '(no title)'}", frames=_changed(doc.frames, fresh))


def set_text(doc: Document, comment_id: AreaId, text: str, height: float | None = None) -> Patch:
    """Other words in a comment, and (so that all of them are seen) another height.

    Raises:
        Refused: for an id that isn't there or a text a comment can't have.
    """
    comment = doc.comments.get(comment_id)
    if comment is None:
        raise _missing(comment_id)
    fresh = replace(comment, text=_clean(text), height=comment.height if height is None else float(height))
    return Patch("Write a comment", comments=_changed(doc.comments, _sound_comment(fresh)))


def lay(doc: Document, rects: Mapping[AreaId, Rect]) -> Patch:
    """Frames and comments to other places, or in other sizes.

    Raises:
        Refused: for an id that isn't there or a rectangle they can't have.
    """
    frames: dict[AreaId, Frame | None] = {}
    comments: dict[AreaId, Comment | None] = {}
    for i, rect in rects.items():
        x, y, width, height = _floats(rect)
        if (frame := doc.frames.get(i)) is not None:
            frames |= _changed(doc.frames, _sound_frame(replace(frame, x=x, y=y, width=width, height=height)))
        elif (comment := doc.comments.get(i)) is not None:
            fresh = replace(comment, x=x, y=y, width=width, height=height)
            comments |= _changed(doc.comments, _sound_comment(fresh))
        else:
            raise _missing(i)
    resized = any(_size(doc, i) != tuple(rect[2:]) for i, rect in rects.items())
    verb = "Resize" if resized else "Move"
    return Patch(f"{verb} {several(doc, rects)}", frames=frames, comments=comments)


def paint(doc: Document, areas: Iterable[AreaId], color: str) -> Patch:
    """A colour for frames and comments, or none (empty).

    Raises:
        Refused: for an id or a colour that isn't there.
    """
    problem = color_problem(color)
    if problem is not None:
        raise Refused(Reason.MARK, problem)
    chosen = list(dict.fromkeys(areas))
    _refuse_missing(doc, chosen)
    frames = {i: replace(f, color=color) for i in chosen if (f := doc.frames.get(i)) is not None and f.color != color}
    comments = {
        i: replace(c, color=color) for i in chosen if (c := doc.comments.get(i)) is not None and c.color != color
    }
    what = several(doc, chosen)
    title = f"Paint {what} {color}" if color else f"Take the colour off {what}"
    return Patch(title, frames=frames, comments=comments)


def remove(doc: Document, areas: Iterable[AreaId]) -> Patch:
    """Frames and comments away; what lies on them stays.

    Raises:
        Refused: for an id that isn't there.
    """
    chosen = list(dict.fromkeys(areas))
    _refuse_missing(doc, chosen)
    frames = {i: None for i in chosen if i in doc.frames}
    comments = {i: None for i in chosen if i in doc.comments}
    return Patch(f"Delete {several(doc, chosen)}", frames=frames, comments=comments)


def rect_of(area: Frame | Comment) -> Rect:
    """Its rectangle."""
    return area.x, area.y, area.width, area.height


def named(frame: Frame) -> str:
    """What a frame is called in the names of steps."""
    return f"frame {frame.title}" if frame.title else "a frame"


def several(doc: Document, areas: Iterable[AreaId]) -> str:
    """What these are called in the names of steps."""
    chosen = list(areas)
    if len(chosen) == 1:
        frame = doc.frames.get(chosen[0])
        return "a comment" if frame is None else named(frame)
    frames = sum(i in doc.frames for i in chosen)
    if frames == len(chosen):
        return f"{frames} frames"
    return f"{len(chosen)} comments" if not frames else f"{len(chosen)} frames and comments"


def _changed(known: Mapping[AreaId, object], fresh: A) -> dict[AreaId, A | None]:
    return {} if known.get(fresh.id) == fresh else {fresh.id: fresh}


def _size(doc: Document, area: AreaId) -> tuple[float, float]:
    record = doc.frames.get(area) or doc.comments[area]
    return record.width, record.height


def _refuse_missing(doc: Document, areas: Iterable[AreaId]) -> None:
    for i in areas:
        if i not in doc.frames and i not in doc.comments:
            raise _missing(i)


def _missing(area: AreaId) -> Refused:
    return Refused(Reason.REMARK, f"There is no frame or comment {area} in this network.")


def _sound_frame(frame: Frame) -> Frame:
    problem = frame_problem(frame)
    if problem is not None:
        raise Refused(Reason.REMARK, problem)
    return frame


def _sound_comment(comment: Comment) -> Comment:
    problem = comment_problem(comment)
    if problem is not None:
        raise Refused(Reason.REMARK, problem)
    return comment


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").strip("\n").rstrip()


def _floats(rect: Rect) -> Rect:
    x, y, width, height = rect
    return float(x) + 0.0, float(y) + 0.0, float(width), float(height)
