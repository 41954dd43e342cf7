"""Runs: every training is kept with its settings, curve, result and the network it left, and can be brought back.

The shape of the room, for who builds on it:

- `record.Run` is what is known of a run: number, name, note, when, how long, settings, what was changed on the way,
  `Result`, and `varied` (what somebody set on purpose, by name: a sweep's own columns). Frozen; no network in it.
- `store.Store(folder)` keeps runs in a folder: `listing()`, `add(run, document)`, `update(run, document, best=…)`,
  `network(number)`, `curve(number)`, `rename`, `annotate`, `delete`. It is used from one thread at a time; several
  processes may keep runs in one folder.
- `places` says which folder: `beside(network)` is `NAME.runs` beside `NAME.grad`; networks without a file have one in
  the person's state folder.
- `writing.Writer(store)` keeps runs from a thread of its own, so that whoever trains or paints never waits; of several
  states of one run that wait the newest wins.
- `recording.Recorder(writer, origin, varied)` turns what training tells (`training.keeping`) into states of a run.
- `comparing` says how runs differ and makes tables of them; `interrupted` finds runs a crash has ended.
- sweeps: `targets` (what may vary), `axes` (over which values), `sweep` (the plan and the networks it makes), `trying`
  (one trial trained), `worker` (the process that does it), `sweeping` (a sweep under way), `sweepkept` and
  `sweeptext` (those there were).

No Qt; but for `trying` nothing here trains. `ui`, `cli` and `app` import it; it imports training, files, data, document
and engine.
"""

from gradstudio.runs.record import Best, Changed, Outcome, Result, Run
from gradstudio.runs.store import Dropped, Listing, Store

__all__ = ["Best", "Changed", "Dropped", "Listing", "Outcome", "Result", "Run", "Store"]
