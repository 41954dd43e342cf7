"""The text of an exported script around the lines of its gates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gradstudio import __version__

if TYPE_CHECKING:
    from gradstudio.document.model import Settings

UNBROADCAST = '''
def unbroadcast(gradient, shape):
    """Sum a gradient over the axes along which a value of this shape was repeated in the forward pass."""
    extra = np.ndim(gradient) - len(shape)
    gradient = np.sum(gradient, axis=tuple(range(extra)))
    repeated = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return np.sum(gradient, axis=repeated, keepdims=True)

'''

_MOMENTS = (
    "m = {name: np.zeros_like(array) for name, array in parameters.items()}",
    "v = {name: np.zeros_like(array) for name, array in parameters.items()}",
)
_ADAM = (
    "m[name] = 0.9 * m[name] + 0.1 * gradient",
    "v[name] = 0.999 * v[name] + 0.001 * gradient ** 2",
    "mean, square = m[name] / (1 - 0.9 ** (step + 1)), v[name] / (1 - 0.999 ** (step + 1))",
    "parameters[name] = parameters[name] - rate * mean / (np.sqrt(square) + 1e-8)",
)
STATES = {
    "sgd": (),
    "momentum": ("velocity = {name: np.zeros_like(array) for name, array in parameters.items()}",),
    "nesterov": ("velocity = {name: np.zeros_like(array) for name, array in parameters.items()}",),
    "adagrad": ("squares = {name: np.zeros_like(array) for name, array in parameters.items()}",),
    "rmsprop": ("squares = {name: np.zeros_like(array) for name, array in parameters.items()}",),
    "adam": _MOMENTS,
    "adamw": _MOMENTS,
}
UPDATES = {
    "sgd": ("parameters[name] = parameters[name] - rate * gradient",),
    "momentum": (
        "velocity[name] = MOMENTUM * velocity[name] - rate * gradient",
        "parameters[name] = parameters[name] + velocity[name]",
    ),
    "nesterov": (
        "before, velocity[name] = velocity[name], MOMENTUM * velocity[name] - rate * gradient",
        "parameters[name] = parameters[name] - MOMENTUM * before + (1 + MOMENTUM) * velocity[name]",
    ),
    "adagrad": (
        "squares[name] = squares[name] + gradient ** 2",
        "parameters[name] = parameters[name] - rate * gradient / (np.sqrt(squares[name]) + 1e-8)",
    ),
    "rmsprop": (
        "squares[name] = 0.99 * squares[name] + 0.01 * gradient ** 2",
        "parameters[name] = parameters[name] - rate * gradient / (np.sqrt(squares[name]) + 1e-8)",
    ),
    "adam": _ADAM,
    "adamw": ("parameters[name] = parameters[name] * (1 - rate * WEIGHT_DECAY)", *_ADAM),
}


_WAVE = "(1 + np.cos(np.pi * {})) / 2"
SCALES = {
    "constant": "",
    "step": " * FACTOR ** (step // PERIOD)",
    "exponential": " * FACTOR ** (step / PERIOD)",
    "plateau": " * scale",
    "cosine": f" * {_WAVE.format('min(1, step / PERIOD)')}",
    "one-cycle": (
        f" * (0.04 + 0.96 * {_WAVE.format('(1 - step / PERIOD / 0.3)')} if step / PERIOD < 0.3 else "
        f"4e-6 + (1 - 4e-6) * {_WAVE.format('min(1, (step / PERIOD - 0.3) / 0.7)')})"
    ),
}
"""What the learning rate is multiplied by in each schedule."""
_PLATEAU = (
    "if np.isinf(lowest) or objective < lowest - THRESHOLD * abs(lowest):",
    "    lowest, since = objective, step",
    "elif step - since > PATIENCE:",
    "    since, scale = step, max(scale * FACTOR, min(scale, LEAST_RATE / LEARNING_RATE))",
)
_STOP = (
    "if objective < best - STOP_DELTA:",
    "    best, best_step, kept = objective, step, dict(parameters)",
    "elif step - best_step >= STOP_PATIENCE:",
    '    print(f"stopped at step {step}, back at the parameters of step {best_step}")',
    "    parameters.update(kept)",
    "    break",
)


@dataclass
class Parts:
    """What the gates contribute to a script.

    Attributes:
        data: lines that make data and constants.
        parameters: name -> expression of its value.
        forward: lines of the forward pass.
        backward: lines of the backward pass.
        objective: expression of what is differentiated.
        gradients: names of the leaves whose gradients are returned.
        unbroadcasts: whether the helper `unbroadcast` is used.
        functions: source of what the gates' lines call.
        modal: whether what is computed depends on the step, or on whether it is one of training.
        advance: lines that give the gates' state its values after a training step.
        state: names of that state.
        frozen: parameters that aren't trained.
    """

    data: list[str] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    forward: list[str] = field(default_factory=list)
    backward: list[str] = field(default_factory=list)
    objective: str = ""
    gradients: list[str] = field(default_factory=list)
    unbroadcasts: bool = False
    functions: tuple[str, ...] = ()
    modal: bool = False
    advance: list[str] = field(default_factory=list)
    state: list[str] = field(default_factory=list)
    frozen: list[str] = field(default_factory=list)


def assemble(parts: Parts, settings: Settings, step: int, title: str, arrays_file: str | None) -> str:
    """The whole script; `step` counts the training steps done when it is written."""
    blocks = [
        _head(title, arrays_file, _imports(parts, arrays_file)),
        _arrays(arrays_file),
        ["# Data and constants", *parts.data, ""] if parts.data else [],
        _parameters(parts),
        _start(settings, step) if parts.modal else [],
        UNBROADCAST.split("\n")[:-1] if parts.unbroadcasts else [],
        [line for code in parts.functions for line in ("", *code.split("\n"), "")],
        _network(parts),
        _train(parts, settings) if parts.parameters else [],
        _main(parts),
    ]
    return "\n".join(line for block in blocks for line in block) + "\n"


def _imports(parts: Parts, arrays_file: str | None) -> list[str]:
    """What the script needs beside numpy."""
    counts = any("math." in line for line in (*parts.forward, *parts.backward, *parts.functions))
    wanted = {"import math": counts, "import sys": bool(parts.parameters), "from pathlib import Path": arrays_file}
    return [line for line, needed in wanted.items() if needed]


def _head(title: str, arrays_file: str | None, imports: list[str]) -> list[str]:
    beside = [f"Its larger arrays are read from {safe(arrays_file)}, which belongs beside it."] if arrays_file else []
    return [
        f'"""{safe(title)} in plain NumPy, the forward and the backward pass written out.',
        "",
        f"Written by GradStudio {__version__}. Names of gradients start with d: dq is the gradient of the objective",
        "with respect to q. Every line of the backward pass is local gradient × upstream gradient.",
        *beside,
        '"""',
        "",
        *imports,
        *([""] if imports else []),
        "import numpy as np",
        "",
    ]


def safe(title: str) -> str:
    """A title that can't end the docstring it stands in."""
    encoded = title.encode("utf-8", "replace")  # a file's name may hold bytes that are no text
    return encoded.decode().replace("\\", "/").replace('"', "'")


def _arrays(arrays_file: str | None) -> list[str]:
    if arrays_file is None:
        return []
    return [f"with np.load(Path(__file__).with_name({arrays_file!r})) as file:", "    arrays = dict(file)", ""]


def _parameters(parts: Parts) -> list[str]:
    if not parts.parameters:
        return []
    entries = [f'    "{name}": {value},' for name, value in parts.parameters.items()]
    return ["# What training changes", "parameters = {", *entries, "}", ""]


def _start(settings: Settings, step: int) -> list[str]:
    why = "# What random numbers are drawn from: the same as in GradStudio"
    return [why, f"SEED = {settings.seed}", f"STEP = {step}", ""]


def _network(parts: Parts) -> list[str]:
    taken = [f'{name} = parameters["{name}"]' for name in parts.parameters]
    returned = ", ".join(f'"{name}": d{name}' for name in parts.gradients)
    state = ", ".join(f'"{name}": {name}' for name in parts.state)
    body = [
        *taken,
        *([""] if taken else []),
        "# ---- forward pass",
        "",
        *parts.forward,
        f"objective = {parts.objective}",
        "",
        "# ---- backward pass, from the end to the start",
        "",
        *parts.backward,
        *(["# ---- running averages", "", *parts.advance] if parts.advance else []),
        f"gradients = {{{returned}}}",
        *([f"state = {{{state}}}"] if parts.state else []),
        f"return objective, gradients{', state' if parts.state else ''}",
    ]
    given = ", ".join([*(["parameters"] if taken else []), *(["step=STEP, training=True"] if parts.modal else [])])
    head = [
        "",
        f"def network({given}):",
        f'    """One forward and one backward pass: the objective, its gradients{_further(parts)}."""',
    ]
    return [*head, *(f"    {line}" if line else "" for line in body), ""]


def _further(parts: Parts) -> str:
    return ", and the running averages after a training step" if parts.state else ""


def _train(parts: Parts, settings: Settings) -> list[str]:
    """The loop with the file's optimiser, starting with an empty memory; parameters nothing flows to stay."""
    moving = [name for name in parts.parameters if name in parts.gradients and name not in parts.frozen]
    names = "parameters" if len(moving) == len(parts.parameters) else f"{moving}"
    state = ", state" if parts.state else ""
    return [
        "",
        *_constants(settings),
        "",
        "",
        "def train(parameters, steps):",
        f'    """Make training steps ({settings.optimizer}) and print the objective before every tenth of them."""',
        *([f"    # frozen: {', '.join(parts.frozen)}"] if parts.frozen else []),
        *(f"    {line}" for line in STATES[settings.optimizer]),
        *(["    lowest, since, scale = np.inf, 0, 1.0"] if settings.schedule == "plateau" else []),
        *(["    best, best_step, kept = np.inf, 0, dict(parameters)"] if settings.stop_patience is not None else []),
        "    for step in range(steps):",
        f"        objective, gradients{state} = network(parameters{', STEP + step' if parts.modal else ''})",
        "        if step % max(1, steps // 10) == 0:",
        '            print(f"step {step}: {objective:.6f}")',
        *(f"        {line}" for line in _watching(settings)),
        *(f"        {line}" for line in _clipping(settings, names)),
        f"        rate = {_rate(settings)}",
        f"        for name in {names}:",
        f"            gradient = gradients[name]{_decay(settings)}",
        *(f"            {line}" for line in UPDATES[settings.optimizer]),
        *(["        parameters.update(state)"] if parts.state else []),
        "",
    ]


def _watching(settings: Settings) -> list[str]:
    """What follows from the loss of a step."""
    plateau = _PLATEAU if settings.schedule == "plateau" else ()
    return [*plateau, *(_STOP if settings.stop_patience is not None else ())]


def _constants(settings: Settings) -> list[str]:
    """The settings the loop reads, as lines."""
    plateau, stops = settings.schedule == "plateau", settings.stop_patience is not None
    varies = settings.schedule not in ("constant", "plateau")
    decays = settings.weight_decay > 0 or settings.optimizer == "adamw"
    wanted = [
        ("LEARNING_RATE", settings.learning_rate, True),
        ("PERIOD", settings.period or settings.steps, varies),
        ("FACTOR", settings.factor, settings.schedule in ("step", "exponential", "plateau")),
        ("WARMUP", settings.warmup, settings.warmup > 0),
        ("MOMENTUM", settings.momentum, settings.optimizer in ("momentum", "nesterov")),
        ("WEIGHT_DECAY", settings.weight_decay, decays),
        ("CLIP_VALUE", settings.clip_value, settings.clip_value is not None),
        ("CLIP_NORM", settings.clip_norm, settings.clip_norm is not None),
        ("PATIENCE", settings.patience, plateau),
        ("THRESHOLD", settings.threshold, plateau),
        ("LEAST_RATE", settings.least_rate, plateau),
        ("STOP_PATIENCE", settings.stop_patience, stops),
        ("STOP_DELTA", settings.stop_delta, stops),
    ]
    return [f"{name} = {value!r}" for name, value, used in wanted if used]


def _rate(settings: Settings) -> str:
    """The learning rate of a step, as an expression."""
    warm = " * min(1, (step + 1) / WARMUP)" if settings.warmup else ""
    return f"LEARNING_RATE{SCALES[settings.schedule]}{warm}"


def _clipping(settings: Settings, names: str) -> list[str]:
    lines = []
    if settings.clip_value is not None:
        lines.append(f"gradients = {{name: np.clip(gradients[name], -CLIP_VALUE, CLIP_VALUE) for name in {names}}}")
    if settings.clip_norm is not None:
        lines.append(f"norm = np.sqrt(sum(np.sum(gradients[name] ** 2) for name in {names}))")
        lines.append(f"gradients = {{name: gradients[name] * min(1, CLIP_NORM / norm) for name in {names}}}")
    return lines


def _decay(settings: Settings) -> str:
    return " + WEIGHT_DECAY * parameters[name]" if settings.weight_decay and settings.optimizer != "adamw" else ""


def _main(parts: Parts) -> list[str]:
    given, trains = "parameters" if parts.parameters else "", bool(parts.parameters)
    loop = ["    if len(sys.argv) > 1:", "        train(parameters, int(sys.argv[1]))"] if trains else []
    return [
        "",
        'if __name__ == "__main__":',
        *loop,
        f"    objective, gradients{', _' if parts.state else ''} = network({given})",
        '    print("objective", objective)',
        "    for name, gradient in gradients.items():",
        '        print(f"d{name}", gradient if np.size(gradient) <= 10 else f"norm {np.linalg.norm(gradient)}")',
    ]
