"""The network as edited: records, commands, history. No Qt.

Read in this order: `model` (the records), `commands` (every edit), `legality` (what is refused, and why),
`history` (undo and redo), `compile` (document -> engine graph).
"""
