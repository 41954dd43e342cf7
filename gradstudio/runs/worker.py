"""A process that trains trials, one after the other, told what to do through its standard input.

Each message is a line of JSON, followed by so many bytes as it says: a network as in its file. Nothing is unpickled.
A process rather than a thread: the window's thread and its session are never kept waiting, and a network that brings
the process down takes nothing else with it. All of them use one BLAS thread, so that a trial gives the same bits
however many are trained at once.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

import msgspec
from threadpoolctl import threadpool_limits

from gradstudio import files
from gradstudio.data.beside import bring
from gradstudio.runs.record import Result
from gradstudio.runs.trying import Tried, try_out
from gradstudio.training.threads import be_nice, leave_a_core

TRY, PAUSE, GO_ON, AT, DONE = "try", "pause", "go on", "at", "done"
ALONE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""What the process finds in its environment."""


def send(stream: BinaryIO, message: Mapping[str, object], data: bytes = b"") -> None:
    """Write a message with the bytes that belong to it."""
    stream.write(json.dumps({**message, "bytes": len(data)}).encode() + b"\n" + data)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next message with its bytes; None where the other side is gone."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    message: dict[str, Any] = json.loads(line)
    data = stream.read(message["bytes"])
    return (message, data) if len(data) == message["bytes"] else None


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Train what is asked for until nobody asks any more; then the process ends there and then."""
    be_nice()
    leave_a_core()
    threadpool_limits(limits=1, user_api="blas")
    going = threading.Event()
    going.set()
    asked: SimpleQueue[tuple[dict[str, Any], bytes]] = SimpleQueue()
    threading.Thread(target=_listen, args=(source, asked, going), name="gradstudio-listen", daemon=True).start()
    while True:
        message, data = asked.get()
        _try(message, data, sink, going)


def _listen(source: BinaryIO, asked: SimpleQueue[tuple[dict[str, Any], bytes]], going: threading.Event) -> None:
    while (found := receive(source)) is not None:
        message, data = found
        match message["do"]:
            case "pause":
                going.clear()
            case "go on":
                going.set()
            case _:
                asked.put((message, data))
    os._exit(0)


def _try(message: Mapping[str, Any], data: bytes, sink: BinaryIO, going: threading.Event) -> None:
    document = files.loads(data)
    bring(document, Path(message["path"]), *(Path(folder) for folder in message["folders"]))

    def tell(step: int, loss: float | None) -> None:
        send(sink, {"said": AT, "step": step, "loss": loss})
        going.wait()

    tried = try_out(document, message["steps"], _never, tell)
    if tried is not None:
        send(sink, _told(tried), files.dumps(tried.document))


def _never() -> bool:
    """Nobody stops a trial in its process: the process is ended."""
    return False


def _told(tried: Tried) -> dict[str, object]:
    return {
        "said": DONE, "outcome": tried.outcome.value, "result": _plain(tried.result), "seconds": tried.seconds,
        "message": tried.message,
    }  # fmt: skip


def _plain(result: Result) -> Any:
    """The numbers of a result that are known and finite."""
    found = {name: getattr(result, name) for name in result.__struct_fields__}
    return {name: value for name, value in found.items() if value is not None and value - value == 0}


def result_of(plain: Mapping[str, object]) -> Result:
    """The result in a message."""
    return msgspec.convert(dict(plain), Result)
