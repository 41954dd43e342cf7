"""Training: the trainer (a plain generator), the session (a worker thread) and the snapshots it publishes. No Qt."""
