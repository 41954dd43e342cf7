"""Exported code of the recurrent layers: functions for one step, for all states and for the way back."""

from __future__ import annotations

from collections.abc import Sequence

SIGMOID = '''def sigmoid(x):
    """1 / (1 + exp(-x)), in a form that doesn't overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)'''

RNN_CODE = '''def rnn_states(x, W_ih, W_hh, b):
    """The states after each step, from a state of 0."""
    h, states = np.zeros((len(x), len(W_hh)), x.dtype), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W_ih + h @ W_hh + b)
        states.append(h)
    return np.stack(states, axis=1)


def rnn_back(x, W_ih, W_hh, b, dstates):
    """Gradients of x, W_ih, W_hh and b: back through time, step by step."""
    states = rnn_states(x, W_ih, W_hh, b)
    before = np.concatenate([0 * states[:, :1], states[:, :-1]], axis=1)
    da, dh = np.zeros_like(states), 0
    for t in reversed(range(x.shape[1])):
        da[:, t] = (dstates[:, t] + dh) * (1 - states[:, t] ** 2)
        dh = da[:, t] @ W_hh.T
    steps = ((0, 1), (0, 1))
    return da @ W_ih.T, np.tensordot(x, da, steps), np.tensordot(before, da, steps), da.sum(axis=(0, 1))'''

GRU_STEP = '''def gru_step(a, u, h):
    """Reset, update and what is new, from what input and state contribute; and the next state."""
    (a_r, a_z, a_n), (u_r, u_z, u_n) = np.split(a, 3, axis=-1), np.split(u, 3, axis=-1)
    r, z = sigmoid(a_r + u_r), sigmoid(a_z + u_z)
    n = np.tanh(a_n + r * u_n)
    return r, z, n, (1 - z) * n + z * h


def gru_step_back(a, u, h, dh):
    """Gradients of a, u and the state before."""
    r, z, n, _ = gru_step(a, u, h)
    dn = dh * (1 - z) * (1 - n ** 2)
    dr, dz = dn * np.split(u, 3, axis=-1)[2] * r * (1 - r), dh * (h - n) * z * (1 - z)
    return np.concatenate([dr, dz, dn], axis=-1), np.concatenate([dr, dz, dn * r], axis=-1), dh * z'''

GRU_CODE = '''def gru_states(x, W_ih, W_hh, b_ih, b_hh):
    """The states after each step, from a state of 0."""
    h, states = np.zeros((len(x), len(W_hh)), x.dtype), []
    for t in range(x.shape[1]):
        h = gru_step(x[:, t] @ W_ih + b_ih, h @ W_hh + b_hh, h)[-1]
        states.append(h)
    return np.stack(states, axis=1)


def gru_back(x, W_ih, W_hh, b_ih, b_hh, dstates):
    """Gradients of x, W_ih, W_hh, b_ih and b_hh: back through time, step by step."""
    states = gru_states(x, W_ih, W_hh, b_ih, b_hh)
    before = np.concatenate([0 * states[:, :1], states[:, :-1]], axis=1)
    a, u, dh = x @ W_ih + b_ih, before @ W_hh + b_hh, 0
    da, du = np.zeros_like(a), np.zeros_like(u)
    for t in reversed(range(x.shape[1])):
        da[:, t], du[:, t], dh = gru_step_back(a[:, t], u[:, t], before[:, t], dstates[:, t] + dh)
        dh = dh + du[:, t] @ W_hh.T
    steps = ((0, 1), (0, 1))
    dW_ih, dW_hh = np.tensordot(x, da, steps), np.tensordot(before, du, steps)
    return da @ W_ih.T, dW_ih, dW_hh, da.sum(axis=(0, 1)), du.sum(axis=(0, 1))'''

LSTM_STEP = '''def lstm_step(a, c):
    """Input, forget, new and output gate, what is read of the memory, and the next state and memory."""
    i, f, g, o = np.split(a, 4, axis=-1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c = f * c + i * g
    read = np.tanh(c)
    return i, f, g, o, read, o * read, c


def lstm_step_back(a, c, dh, dc):
    """Gradients of a and the memory before."""
    i, f, g, o, read, _, _ = lstm_step(a, c)
    dc = dc + dh * o * (1 - read ** 2)
    di, df, dg, do = dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g ** 2), dh * read * o * (1 - o)
    return np.concatenate([di, df, dg, do], axis=-1), dc * f'''

LSTM_CODE = '''def lstm_memory(x, W_ih, W_hh, b):
    """States and memories after each step, from 0."""
    h = c = np.zeros((len(x), len(W_hh)), x.dtype)
    states, memories = [], []
    for t in range(x.shape[1]):
        *_, h, c = lstm_step(x[:, t] @ W_ih + h @ W_hh + b, c)
        states.append(h)
        memories.append(c)
    return np.stack(states, axis=1), np.stack(memories, axis=1)


def lstm_states(x, W_ih, W_hh, b):
    """The states after each step."""
    return lstm_memory(x, W_ih, W_hh, b)[0]


def lstm_back(x, W_ih, W_hh, b, dstates):
    """Gradients of x, W_ih, W_hh and b: back through time, step by step."""
    states, memories = lstm_memory(x, W_ih, W_hh, b)
    before = np.concatenate([0 * states[:, :1], states[:, :-1]], axis=1)
    memory = np.concatenate([0 * memories[:, :1], memories[:, :-1]], axis=1)
    a, dh, dc = x @ W_ih + before @ W_hh + b, 0, 0
    da = np.zeros_like(a)
    for t in reversed(range(x.shape[1])):
        da[:, t], dc = lstm_step_back(a[:, t], memory[:, t], dstates[:, t] + dh, dc)
        dh = da[:, t] @ W_hh.T
    steps = ((0, 1), (0, 1))
    return da @ W_ih.T, np.tensordot(x, da, steps), np.tensordot(before, da, steps), da.sum(axis=(0, 1))'''


def templates(kind: str, weights: Sequence[str], all_states: bool) -> tuple[str, str]:
    """The lines that call these functions, forward and backward; W_hh's gradient stands for all until it is last."""
    given = ", ".join(f"{{{name}}}" for name in ("x", *weights))
    forward = f"{{z}} = {kind}_states({given})" + ("" if all_states else "[:, -1]")
    spread = [] if all_states else [
        "{dW_hh} = np.zeros((*{x}.shape[:2], {z}.shape[1]), {x}.dtype)",
        "{dW_hh}[:, -1] = {dz}",
    ]  # fmt: skip
    upstream = "{dz}" if all_states else "{dW_hh}"
    parts = [(name, i) for i, name in enumerate(("x", *weights)) if name != "W_hh"]
    back = [
        *spread,
        f"{{dW_hh}} = {kind}_back({given}, {upstream})",
        *(f"{{d{name}}} = {{dW_hh}}[{i}]" for name, i in parts),
        "{dW_hh} = {dW_hh}[2]",
    ]
    return forward, "\n".join(back)
