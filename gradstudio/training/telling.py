"""What training did on its own, and what was changed on the way, in words."""

from __future__ import annotations

from gradstudio.document.course import FREEZE, LOWERED, STOPPED, UNFREEZE, Adjustment, Told


def stopped_early(step: int, lowest: float, best: int, *, validated: bool) -> str:
    """Why training ended before its last step."""
    loss = "validation loss" if validated else "loss"
    return (
        f"Training stopped early at step {step:,}: the {loss} hasn't been lower than the {lowest:.4g} of step {best:,} "
        "since. The weights of that step are back."
    )


def told(change: Adjustment) -> str:
    """A change, without its step: "learning rate 0.01 → 0.001"."""
    if change.what in (FREEZE, UNFREEZE):
        return f"{'frozen' if change.what == FREEZE else 'trained again'}: {change.after}"
    if change.what == LOWERED:
        return f"plateau: learning rate {_shown(change.before)} → {_shown(change.after)}"
    if change.what == STOPPED:
        return f"stopped early, back at the weights of step {change.after:,}"
    return f"{change.what.replace('_', ' ')} {_shown(change.before)} → {_shown(change.after)}"


def _shown(value: Told) -> str:
    if value is None:
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
