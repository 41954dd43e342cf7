"""The engine side by side with its peers: what one training step costs, and how far that is from the floor.

`python -m benchmarks.engine` prints the table; docs/performance.md says how to read and repeat it. Every peer is a
process of its own, and only one of them runs at a time: `worker` is what such a process does, `peer_*` what it runs.
"""
