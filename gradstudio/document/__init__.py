"""The network as edited: records, commands, history. No Qt.

Read in this order: `model` (the records), `commands` (every edit), `legality` (what is refused, and why; `wiring` has
the rows a wire is asked), `shapes` (what is known before anything is computed; `places` for one node, `order` for
ranks and cycles), `history` (undo and redo), `clipboard`, `compile` (document -> engine graph).
"""
