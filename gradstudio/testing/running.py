"""Cases run: forward and backward, kernels, exported code; and numbers held against each other."""

from __future__ import annotations

import importlib.util
import string
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from gradstudio.engine.gate import Array, Gate, Kernels
from gradstudio.engine.running import unbroadcast
from gradstudio.testing.cases import Broken, Case, ports, require
from gradstudio.testing.layouts import Layout

Outcome: TypeAlias = tuple[tuple[Array, ...], tuple[Array | None, ...]]
"""Outputs, and a gradient for each array that came in."""

DIGITS = {np.dtype(np.float32): 4e-6, np.dtype(np.float64): 2e-14}
"""How far two ways of computing a number of size 1 may lie apart: a few last digits."""


def forward(gate: Gate, arrays: Sequence[Array]) -> tuple[Array, ...]:
    """The outputs."""
    made = gate.forward(*arrays)
    return tuple(np.asarray(z) for z in (made if isinstance(made, tuple) else (made,)))


def backward(case: Case, gate: Gate) -> tuple[Array | None, ...]:
    """Gradients of the arrays' own shapes; the gate's forward has been run."""
    made = gate.backward(*case.upstream)
    found = made if isinstance(made, (tuple, list)) else (made,)
    require(len(found) == len(case.arrays), f"{case}: backward gives {len(found)} gradients.")
    pairs = zip(found, case.arrays, strict=True)
    with np.errstate(all="ignore"):  # the engine's sum over what was broadcast, which may meet infinities
        return tuple(None if dx is None else unbroadcast(np.asarray(dx), x.shape) for dx, x in pairs)


def run(case: Case) -> Outcome:
    """Outputs and gradients by a fresh gate; a warning is an error."""
    gate = case.gate()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs = forward(gate, case.arrays)
        upstream = case.arrays and case.upstream
        return outputs, backward(case, gate) if upstream else (None,) * len(case.arrays)


def run_kernels(
    case: Case, wanted: Sequence[bool], *, lay: Layout = np.asarray, seeded: bool = False
) -> tuple[Array, list[Array | None]] | None:
    """Output and gradients by kernels, run twice as in training; None where there are none for this case.

    Args:
        case: its upstream gradient must be 1 where `seeded` is set.
        wanted: for each array whether its gradient is.
        lay: puts an array somewhere else in memory; as it is where not given.
        seeded: tell the gate that its output is what is differentiated.
    """
    if len(case.upstream) != 1 or not case.arrays:
        return None
    dz = lay(case.upstream[0])
    z = lay(np.full(dz.shape, np.nan, dz.dtype))
    dx = [
        lay(np.full(a.shape, np.nan, dz.dtype)) if want else None for a, want in zip(case.arrays, wanted, strict=True)
    ]
    k = Kernels(tuple(map(lay, case.arrays)), z, dz, dx, dz.dtype)
    k.seeded = seeded
    if not case.gate().kernels(k):
        return None
    with np.errstate(all="ignore"):
        for _ in range(2):
            _play(k.forward_calls)
            kept = z.copy()
            _play(k.backward_calls)
            require(np.array_equal(kept, z, equal_nan=True), f"{case}: backward kernels write to the output.")
    return z, dx


def _play(calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]]) -> None:
    for function, args, kwargs in calls:
        function(*args, **kwargs)


def require_close(case: Case, what: str, found: Sequence[Any], wanted: Sequence[Any]) -> None:
    """The same numbers up to the last digits, NaN where NaN is, None where None is."""
    for a, b in zip(found, wanted, strict=True):
        if not close(a, b):
            raise Broken(f"{case}: {what}:\nfound    {a!r}\nexpected {b!r}")


def close(a: Any, b: Any) -> bool:
    """Whether two arrays are the same up to the last digits, or None both."""
    if a is None or b is None:
        return a is b
    size = float(np.max(np.abs(b, where=np.isfinite(b), out=np.ones(np.shape(b))), initial=1.0))
    tolerance = DIGITS.get(np.asarray(b).dtype, 0.0) * size
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=0, atol=tolerance, equal_nan=True))


def run_exported(chosen: Sequence[Case]) -> list[tuple[list[Any], list[Any]]]:
    """Outputs and gradients of some cases by the exported lines of their gate."""
    functions = [numpy_function(case, f"case_{i}") for i, case in enumerate(chosen)]
    shared = dict.fromkeys(code for case in chosen for code in case.kind.numpy_functions)
    module = _imported("import math\n\nimport numpy as np\n\n\n" + "\n\n\n".join((*shared, *functions)))
    with np.errstate(all="ignore"):
        return [getattr(module, f"case_{i}")(*case.arrays, *case.upstream) for i, case in enumerate(chosen)]


def numpy_function(case: Case, name: str) -> str:
    """Source of a function made of a gate's exported lines: arrays and upstream in, outputs and gradients out."""
    gate, outputs = case.gate(), [port.name for port in case.kind.outputs]
    port_list = ports(case.kind, len(case.input_shapes()))
    inputs = [f"{port.name}_{i}" if port.many else port.name for i, port in enumerate(port_list)]
    arguments = [*inputs, *(weight.name for weight in gate.active_weights())]
    names = {word: word for name in (*arguments, *outputs) for word in (name, f"d{name}")}
    names |= {key: str(getattr(gate, key)) for key in case.kind.params}
    names |= {"training": str(case.training), "step": str(gate.mode.step), "seed": str(gate.mode.seed)}
    names["place"] = ", ".join(map(str, gate.place))
    if port_list[-1].many:
        listed = [word for word, port in zip(inputs, port_list, strict=True) if port.many]
        names[port_list[-1].name] = f"[{', '.join(listed)}]"
        names[f"d{port_list[-1].name}"] = f"[{', '.join(f'd{word}' for word in listed)}]"
    lines = [*fill(gate.numpy_forward, names), *fill(gate.numpy_backward, names)]
    made = [f"d{word}" if i in case.real() else "None" for i, word in enumerate(arguments)]
    body = "\n    ".join([*lines, f"return [{', '.join(outputs)}], [{', '.join(made)}]"])
    return f"def {name}({', '.join([*arguments, *(f'd{output}' for output in outputs)])}):\n    {body}\n"


def fill(template: str, names: dict[str, str]) -> list[str]:
    """Lines of a template with names filled in; a line that names a weight the gate doesn't have is left out."""
    fields = string.Formatter().parse
    return [
        line.format(**names)
        for line in template.splitlines()
        if all(field is None or field in names for _, field, _, _ in fields(line))
    ]


def _imported(source: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exported.py"
        path.write_text(source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location("exported", path)
        if spec is None or spec.loader is None:
            raise ImportError(path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
