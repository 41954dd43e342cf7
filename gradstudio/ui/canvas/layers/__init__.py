"""The canvas in layers, each a function that paints one frame's share: grid, wires, nodes, labels; or the overview."""
