"""Sizes of everything on the canvas, in scene units (one unit is one pixel at 100 %), and the levels of detail."""

from __future__ import annotations

GRID = 10.0
"""Nodes snap to this."""
GRID_LINE = 20.0
"""A thin line every so often, a stronger one every fifth."""

HEADER = 28.0
FIRST_PORT = 46.0
PITCH = 20.0
FOOT = 20.0
GLYPH_TOP = 36.0
GLYPH_HEIGHT = 34.0
MIN_WIDTH = 90.0
GLYPH_WIDTH = 130.0
MAX_WIDTH = 240.0
MARGIN = 14.0
RADIUS = 9.0
PORT = 5.5
"""Radius of a port's dot."""
BLEED = 14.0
"""How far a node's picture reaches over its box: ports, badge, glow."""
STUB = 64.0
"""Length of the wire end drawn at an output nothing is connected to."""
WIRE = 2.2
DOT = 4.6
"""Radius of a wire's dot."""
NOTE_WIDTH, NOTE_INDENT = 150.0, 12.0
"""A note below a node is at least so wide, and folded so much narrower."""
NOTE_LINES, NOTE_LINE, NOTE_GAP = 3, 15.0, 7.0
NOTE_REACH = NOTE_GAP + NOTE_LINES * NOTE_LINE + 4.0
"""How far a note reaches below its node."""
LABEL_LINE = 16.0
LABEL_GAP = 3.0
LABEL_REACH = 150.0
"""Labels reach no further than this out of their wire's hull."""

PORT_LABEL = 84.0
"""A port's name on a group's box is no wider than this."""
TOGGLE = 18.0
"""Room in a group's header for the mark that opens and closes it."""
SHEET = 4.0
"""How far the sheets under a closed group stick out."""
AREA_RADIUS = 10.0
AREA_HEADER = 28.0
"""Height of the title bar of a frame or of a group opened in place."""
AREA_PAD, AREA_TOP = 20.0, 40.0
"""Room between the nodes of an opened group and its border, and above them; the grid goes through it."""
AREA_LEAST = (80.0, 48.0)
"""A frame or comment isn't made smaller than this."""
EDGE_GRIP = 7.0
"""The border of a frame or comment is taken within so many pixels on the screen."""

REACH = 24.0
"""A dragged wire snaps to ports within so many pixels on the screen."""
PORT_GRIP = 11.0
"""A port is taken within so many pixels on the screen."""
WIRE_GRIP = 6.0
DOT_GRIP = 10.0
WIRE_END = 56.0
"""So near to its end a wire is pulled off its port, further away it is bent."""

OVERVIEW = 0.25
"""Below this scale nodes are plain rectangles and wires straight lines."""
TITLES = 0.32
DETAILS = 0.45
"""Captions and port names appear here."""
VALUES = 0.42
"""Labels on wires begin to appear here and are there in full at VALUES_FULL."""
VALUES_FULL = 0.47
MIN_SCALE, MAX_SCALE = 0.02, 4.0
PIXMAP_LIMIT = 2.6
"""Above this scale (device pixels per unit) bodies are drawn directly: their pictures would be large and few."""
