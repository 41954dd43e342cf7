"""What the mouse does on the canvas, for the list of keys (at length: docs/canvas.md)."""

from __future__ import annotations

BUILDING = (
    ("Tab, Space or double-click on empty canvas", "Search for a gate and add it there, wired to what is selected"),
    ("dense 100 · x = -2 · conv 8 3 same", "Values and a name may be typed behind and before the gate"),
    ("Shift and Enter in the search", "Add it without wires"),
    ("Drag from a port to another", "Wire them; a refusal says why before the button is released"),
    ("Drag from a port to a node", "Wire it to the best free port of the node"),
    ("Drag from a port to empty canvas", "Search among the gates that fit, and wire the chosen one"),
    ("Ctrl while dragging to a taken input", "Replace the wire there"),
    ("Drag from an input with a wire", "Plug that wire in elsewhere; on empty canvas it is gone"),
    ("Ctrl and drag from a port with several wires", "Take all of them along"),
    ("Drag a wire near one of its ends", "Plug that end in elsewhere"),
    ("Drag the middle of a wire", "Bend it: a dot comes out of it"),
    ("Double-click a wire, or one of its dots", "Put a dot there, or take it away"),
    ("Drag a dot", "Lead the wire elsewhere"),
    ("Double-click a gate in the palette", "Add it, wired to what is selected or put into the selected wire"),
    ("Double-click a layer (below its title)", "Open it into the gates it is made of"),
    ("Double-click a dataset (below its title)", "Choose its data, or what is made of it"),
    ("Drop a file on the window", "Open a network; bring data in where it is dropped"),
    ("Drag a gate from the palette", "Add it where it is dropped, or put it into the wire there"),
    ("Drag a node without wires onto a wire", "Put it into the wire"),
    ("Alt and drag nodes", "Take them out of their wires; these heal"),
    ("Ctrl and the right button, or Y and the left", "Cut the wires the stroke crosses"),
    ("Alt and the right button, or J and the left", "From node to node: wire them by the ports that fit"),
)
"""Gesture and meaning, while a network is built,"""

GROUPING = (
    ("Click the mark in a group's title", "Open it in place, or close it"),
    ("Double-click the body of a group", "Enter it: only what lies in it is seen"),
    ("Return with a group selected", "Enter it"),
    ("Click a step at the top left", "Leave the group that was entered"),
    ("Double-click a title", "Name a group or a frame"),
    ("Drag the title of an opened group", "Move it with all that is in it"),
    ("Drop nodes on an opened group", "Put them into it"),
    ("Inside a group: drag to Inputs or Outputs", "Show a port outside"),
    ("Drag a block from the palette", "Put it in as a closed group"),
    ("Drag a frame by its title", "Move it with what lies on it; with Alt it moves alone"),
    ("Drag the rim of a frame or a comment", "Resize it"),
    ("Alt, Shift and arrows", "Resize the selected frames and comments"),
    ("Double-click a comment", "Write in it: Ctrl+Enter keeps it, Escape leaves it as it was"),
)
"""and with groups, frames and comments."""
