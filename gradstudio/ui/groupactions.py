"""The actions of groups, frames, comments and blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gradstudio.ui.canvas import groups
from gradstudio.ui.spec import Entries, Spec, nodes_selected, say

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def _group_meant(window: MainWindow) -> bool:
    return bool(groups.meant_groups(window.canvas))


def _one_group(window: MainWindow) -> bool:
    return len(groups.meant_groups(window.canvas)) == 1


def _inside(window: MainWindow) -> bool:
    return window.studio.stage.inside is not None


def _group_or_inside(window: MainWindow) -> bool:
    return _one_group(window) or _inside(window)


def _toggle_text(window: MainWindow) -> str:
    document = window.studio.document
    closed = any(document.groups[i].collapsed for i in groups.selected_groups(window.canvas))
    return say("&Open in place") if closed else say("Clo&se")


GROUP_SPECS: tuple[Spec, ...] = (
    Spec(
        "group",
        "&Group selection",
        lambda w: groups.group_selected(w.canvas),
        "Ctrl+G",
        "Make one box of the selected nodes, with ports where wires cross its border and where they are missing.",
        nodes_selected,
        edits=True,
    ),
    Spec(
        "ungroup",
        "&Ungroup",
        lambda w: groups.ungroup_selected(w.canvas),
        "Ctrl+Shift+G",
        "Take the selected groups apart; what was in them stays as it is.",
        _group_meant,
        edits=True,
    ),
    Spec(
        "toggle_group",
        "&Open in place",
        lambda w: groups.toggle_selected(w.canvas),
        "O",
        "Show what is in the selected groups where they are, or close them to boxes again.",
        _group_meant,
        _toggle_text,
        edits=True,
    ),
    Spec(
        "enter_group",
        "&Enter",
        lambda w: groups.enter_selected(w.canvas),
        "Alt+Down",
        "See only what is in the selected group.",
        _group_meant,
        shown=("Return",),
    ),
    Spec(
        "leave_group",
        "&Leave",
        lambda w: groups.leave(w.canvas),
        "Alt+Up",
        "See again what the group lies in.",
        _inside,
    ),
    Spec(
        "take_out_group",
        "&Take out of group",
        lambda w: groups.take_out_selected(w.canvas),
        "Ctrl+Alt+G",
        "Move what is selected out of the group it is in.",
        nodes_selected,
        edits=True,
    ),
    Spec(
        "expose",
        "&Show port outside…",
        lambda w: w.expose_port(),
        "Shift+O",
        "Let a group show a port of one of its nodes that no wire leads to from outside.",
        _group_or_inside,
        edits=True,
    ),
    Spec(
        "save_block",
        "Save as &block",
        lambda w: w.block_files.save(),
        "Ctrl+Alt+B",
        "Keep the selected group in the palette, under My blocks.",
        _one_group,
    ),
    Spec(
        "export_block",
        "Save block to &file…",
        lambda w: w.block_files.export(),
        None,
        "Write the selected group to a file, to share it.",
        _one_group,
    ),
    Spec(
        "insert_block",
        "&Insert from file…",
        lambda w: w.block_files.insert(),
        None,
        "Put a network from a file in as a group.",
        edits=True,
    ),
    Spec(
        "frame",
        "Add &frame",
        lambda w: groups.add_frame(w.canvas),
        "B",
        "Put a titled frame around what is selected; it moves with what lies on it.",
        edits=True,
    ),
    Spec(
        "comment",
        "Add &comment",
        lambda w: groups.add_comment(w.canvas),
        "W",
        "Write a comment, in simple Markdown.",
        edits=True,
    ),
)

GROUP_REASONS: dict[Callable[[MainWindow], bool], str] = {
    _group_meant: "Select a group first, or a node in an opened one.",
    _one_group: "Select one group first, or nodes in one.",
    _inside: "No group was entered.",
    _group_or_inside: "Select one group first, or enter it.",
}
"""Why an action can't be done now."""

GROUPS: Entries = (
    "group", "ungroup", "-", "toggle_group", "enter_group", "leave_group", "-", "take_out_group", "expose", "-",
    "save_block", "export_block", "insert_block", "-", "frame", "comment",
)  # fmt: skip
ON_GROUP: Entries = (
    "toggle_group", "enter_group", "rename", "expose", "-", "ungroup", "save_block", "export_block",
)  # fmt: skip
