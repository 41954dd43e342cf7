"""What ails a network: findings with their number, the sentence that explains each, and what helps.

`diagnose` is a plain function of what was measured (`vitals`), of the learning curve and of thresholds, so that every
illness can be shown on a small network that has exactly this one. The signs and most thresholds are those of the course
(cs231n, "Neural Networks Part 2" and "Part 3": sanity checks, update ratio of about 1e-3, dead and saturated units).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

import numpy as np

from gradstudio.document.model import Document, Node, NodeId, WireId
from gradstudio.engine.gate import Array, Category
from gradstudio.insight import cures
from gradstudio.insight.cures import Cure, Insert, Rate, Swap
from gradstudio.insight.vitals import Bend, Flow, Vitals


class Illness(StrEnum):
    """What can ail a network, and how it is called."""

    NOT_FINITE = "NaN or infinity"
    UNREACHED = "No gradient"
    DEAD = "Dead units"
    SATURATED = "Saturated"
    VANISHING = "Vanishing gradient"
    EXPLODING = "Exploding gradient"
    UPDATE_LARGE = "Updates too large"
    UPDATE_SMALL = "Updates too small"
    CHANCE = "Start is not at chance"
    STUCK = "Loss is stuck"
    OVERFITTING = "Overfitting"
    UNSCALED = "Data not scaled"


SERIOUS = frozenset({Illness.NOT_FINITE, Illness.UNREACHED, Illness.EXPLODING})
"""What keeps a network from learning at all."""


@dataclass(frozen=True)
class Thresholds:
    """From where on something is an illness. Each is a setting of the health panel.

    Attributes:
        dead: share of a gate's units that never let a gradient through.
        saturated: share of a gate's inputs at which its slope is about 0.
        vanishing: gradient of the first layer ÷ that of the last one, below which it vanishes.
        exploding: the same, above which it explodes.
        update_large: norm of an update ÷ norm of the weights.
        update_small: the same, below which nothing moves.
        chance: how many times the loss at the start may be what equal scores give.
        patience: steps in which a loss that gains nothing is stuck.
        gain: share of the loss that counts as a gain.
        gap: validation loss ÷ training loss.
        scale: ratio of two columns' deviations, of a deviation and 1, or of a mean and its column's deviation.
    """

    dead: float = field(default=0.2, metadata={"help": "Share of units that never let a gradient through."})
    saturated: float = field(default=0.5, metadata={"help": "Share of inputs where the slope is about 0."})
    vanishing: float = field(default=1e-3, metadata={"help": "First layer's gradient ÷ the last one's, at least."})
    exploding: float = field(default=1e3, metadata={"help": "First layer's gradient ÷ the last one's, at most."})
    update_large: float = field(default=0.1, metadata={"help": "Update ÷ weights, at most. About 0.001 is usual."})
    update_small: float = field(default=1e-6, metadata={"help": "Update ÷ weights, at least."})
    chance: float = field(default=1.5, metadata={"help": "Loss at the start ÷ that of equal scores, at most."})
    patience: int = field(default=500, metadata={"help": "Steps without a gain after which the loss is stuck."})
    gain: float = field(default=1e-3, metadata={"help": "Share of the loss that counts as a gain."})
    gap: float = field(default=1.5, metadata={"help": "Validation loss ÷ training loss, at most."})
    scale: float = field(default=30.0, metadata={"help": "How far apart the columns' scales may be."})

    @classmethod
    def of(cls, chosen: Mapping[str, float]) -> Thresholds:
        """Those that were chosen, by name, and the course's for the rest; names nobody knows are left out."""
        known = {f.name: chosen[f.name] for f in fields(cls) if f.name in chosen}
        whole = {"patience": max(1, round(known.pop("patience", cls.patience)))}
        numbers: dict[str, Any] = {**known, **whole}
        return cls(**numbers)


@dataclass(frozen=True, slots=True)
class Ailment:
    """One finding.

    Attributes:
        illness: which.
        node: document node it is found at; None for the network as a whole.
        number: what was measured, written.
        sentence: what it means.
        cure: what helps, where one edit does.
    """

    illness: Illness
    node: NodeId | None
    number: str
    sentence: str
    cure: Cure | None = None

    @property
    def serious(self) -> bool:
        """Whether it keeps the network from learning at all."""
        return self.illness in SERIOUS


class Light(StrEnum):
    """How a node is, at a glance."""

    WELL = "well"
    ILL = "something ails it"
    SERIOUS = "it can't learn"


def lights(vitals: Vitals, ailments: Iterable[Ailment]) -> dict[NodeId, Light]:
    """The light of every node that was measured or has a finding."""
    nodes = [*(bend.node for bend in vitals.bends), *(flow.node for flow in vitals.flows)]
    found = dict.fromkeys(nodes, Light.WELL)
    for ailment in ailments:
        if ailment.node is not None and found.get(ailment.node) is not Light.SERIOUS:
            found[ailment.node] = Light.SERIOUS if ailment.serious else Light.ILL
    return found


def diagnose(
    document: Document,
    vitals: Vitals,
    history: Mapping[str, Array],
    thresholds: Thresholds = Thresholds(),
    culprit: str = "",
) -> tuple[Ailment, ...]:
    """All findings, the serious ones first.

    Args:
        document: the network the vitals are of.
        vitals: what was measured.
        history: columns of the learning curve.
        thresholds: from where on something is an illness.
        culprit: name of the node in which NaN or infinity appeared; empty where nothing did.
    """
    case = _Case(document, vitals, history, thresholds)
    found = [*case.not_finite(culprit), *case.unreached(), *case.bends(), *case.depth(), *case.updates()]
    found += [*case.chance(), *case.stuck(), *case.overfitting(), *case.unscaled()]
    return tuple(sorted((a for a in found if a.node is None or a.node in document.nodes), key=lambda a: not a.serious))


@dataclass(frozen=True)
class _Case:
    document: Document
    vitals: Vitals
    history: Mapping[str, Array]
    limits: Thresholds

    def not_finite(self, culprit: str) -> Iterator[Ailment]:
        if culprit:
            node = self.document.named(culprit) or self.document.named(culprit.rpartition(".")[0])
            text = (
                f"NaN or infinity appeared first at “{culprit}”. Steps that are too large are the usual cause; "
                "a logarithm or a division of 0 is another."
            )
            yield Ailment(Illness.NOT_FINITE, None if node is None else node.id, culprit, text, self._rate(0.1))

    def unreached(self) -> Iterator[Ailment]:
        for node, port in self.vitals.unreached:
            if node in self.document.nodes:
                name = self._weight(node, port)
                text = f"No path leads from {name} to the loss: it never learns. Wire it, or take it out."
                yield Ailment(Illness.UNREACHED, node, "gradient 0", text)

    def bends(self) -> Iterator[Ailment]:
        for bend in self.vitals.bends:
            if bend.kinked and bend.units and bend.dead / bend.units >= self.limits.dead:
                yield self._dead(bend)
            elif not bend.kinked and bend.flat >= self.limits.saturated:
                yield self._saturated(bend)

    def _dead(self, bend: Bend) -> Ailment:
        text = (
            f"{bend.dead} of {bend.units} units are off for every sample: the slope there is 0, no gradient passes, "
            "and they can't recover. A leaky slope lets some through; a smaller learning rate prevents it."
        )
        number = f"{bend.dead} of {bend.units}"
        return Ailment(Illness.DEAD, bend.node, number, text, self._swap(bend.node, "leaky_relu"))

    def _saturated(self, bend: Bend) -> Ailment:
        text = (
            f"At {bend.flat:.0%} of its inputs the curve is flat: the local gradient is about 0 there, and with it "
            "everything further back. Smaller weights in front of it, or ReLU in its place, help."
        )
        return Ailment(Illness.SATURATED, bend.node, f"{bend.flat:.0%}", text, self._swap(bend.node, "relu"))

    def depth(self) -> Iterator[Ailment]:
        flows = [flow for flow in self.vitals.flows if math.isfinite(flow.upstream)]
        if len(flows) < 2 or not max(flow.upstream for flow in flows):
            return
        first, last = flows[0], flows[-1]
        ratio = first.upstream / last.upstream if last.upstream else math.inf
        if ratio < self.limits.vanishing:
            yield Ailment(
                Illness.VANISHING, first.node, f"{ratio:.1e}", self._fades(first, last, ratio), self._deeper()
            )
        elif ratio > self.limits.exploding:
            text = (
                f"The gradient grows {ratio:.1e} times on its way back from “{self._name(last.node)}” to "
                f"“{self._name(first.node)}”: steps get far too large. Start the layers so that each keeps the size."
            )
            cure = cures.starts(self.document, "xavier", lambda _: True) or self._rate(0.1)
            yield Ailment(Illness.EXPLODING, first.node, f"{ratio:.1e}", text, cure)

    def _fades(self, first: Flow, last: Flow, ratio: float) -> str:
        return (
            f"Of the gradient at “{self._name(last.node)}” only {ratio:.1e} arrives at “{self._name(first.node)}”: the "
            "first layers hardly learn. Each flat slope and each small matrix on the way makes it smaller."
        )

    def _deeper(self) -> Cure | None:
        """ReLU in the place of what saturates; else start values that keep the size."""
        flat = tuple(b.node for b in self.vitals.bends if not b.kinked and self._known(b.node))
        return Swap(flat, "relu") if flat else cures.starts(self.document, "he", lambda _: True)

    def updates(self) -> Iterator[Ailment]:
        for flow in self.vitals.flows:
            if flow.update is None or not math.isfinite(flow.update):
                continue
            name, number = self._weight(flow.node, flow.port), f"{flow.update:.1e}"
            if flow.update > self.limits.update_large:
                text = f"A step changes {name} by {flow.update:.1%} of its norm; about 0.1 % is usual. Lower the rate."
                cure = self._rate(1e-3 / flow.update)
                yield Ailment(Illness.UPDATE_LARGE, flow.node, number, text, cure)
            elif flow.update < self.limits.update_small and flow.gradient > 0 and not self._learnt():
                text = f"A step changes {name} by {flow.update:.1e} of its norm; about 1e-3 is usual. Raise the rate."
                cure = self._rate(min(1e-3 / flow.update, 1e4) if flow.update else 10.0)
                yield Ailment(Illness.UPDATE_SMALL, flow.node, number, text, cure)

    def chance(self) -> Iterator[Ailment]:
        odds = self.vitals.odds
        if odds is None or self.vitals.step or not odds.chance > 0:
            return
        ratio = odds.loss / odds.chance
        if ratio > self.limits.chance or ratio < 1 / self.limits.chance:
            text = (
                f"Before the first step all classes should score alike, which gives a loss of {odds.chance:.4g}; it is "
                f"{odds.loss:.4g}. Smaller start values in the last layer put it right."
            )
            last = self._last_layer()
            cure = cures.starts(self.document, "small normal", lambda i: i == last)
            yield Ailment(Illness.CHANCE, odds.node, f"{odds.loss:.4g} for {odds.chance:.4g}", text, cure)

    def stuck(self) -> Iterator[Ailment]:
        step, loss = self._column("step"), self._column("loss")
        if not len(loss) or step[-1] - step[0] < self.limits.patience or self._learnt():
            return
        recent = loss[step > step[-1] - self.limits.patience]
        earlier = loss[step <= step[-1] - self.limits.patience]
        if len(recent) < 2 or not len(earlier):
            return
        if np.nanmin(recent) < np.nanmin(earlier) * (1 - self.limits.gain):
            return
        text = (
            f"For {self.limits.patience:,} steps the loss has not gone below {np.nanmin(earlier):.4g}. Layers that "
            "start at 0 never differ from each other; else another learning rate, or a larger network, is worth a try."
        )
        alike = cures.starts(self.document, "he", self._starts_at_zero)
        yield Ailment(Illness.STUCK, None, f"{loss[-1]:.4g}", text, alike or self._rate(3.0))

    def overfitting(self) -> Iterator[Ailment]:
        held = self._column("validation_loss")
        loss = self._column("loss")
        there = np.isfinite(held) if len(held) == len(loss) else np.zeros(len(loss), bool)
        if not there.any():
            return
        now, train, best = held[there][-1], loss[there][-1], held[there].min()
        if now > self.limits.gap * train and now > best * 1.05:
            text = (
                f"On data it hasn't seen the loss is {now:.4g}, on what it learns from {train:.4g}, and it was "
                f"{best:.4g} before: it learns by heart. More data, a smaller network, weight decay or dropout help."
            )
            yield Ailment(Illness.OVERFITTING, None, f"{now / train:.1f} ×", text, self._dropout())

    def unscaled(self) -> Iterator[Ailment]:
        for spread in self.vitals.spreads:
            worst = max(spread.most / spread.least, spread.most, 1 / spread.most, spread.far / spread.most)
            raw = self._raw_wires(spread.node, spread.port)
            if worst > self.limits.scale and raw:
                text = (
                    f"Columns deviate by {spread.least:.3g} to {spread.most:.3g}, with means as far from 0 as "
                    f"{spread.far:.3g}: one learning rate can't suit all. Standardise them (mean 0, deviation 1)."
                )
                cure = Insert(raw[0], "batch_norm")
                yield Ailment(Illness.UNSCALED, spread.node, f"{worst:.0f} ×", text, cure)

    # ---- what is needed to tell

    def _column(self, name: str) -> Array:
        return np.asarray(self.history.get(name, ()), np.float64)

    def _learnt(self) -> bool:
        """Whether the loss has gone down so far, or so much is right, that standing still is no illness."""
        loss, right = self._column("loss"), self._column("accuracy")
        return bool(len(loss) and (loss[-1] < 0.5 * loss[0] or (len(right) and right[-1] > 0.98)))

    def _rate(self, factor: float) -> Rate:
        """The learning rate times so much, to one digit."""
        wanted = max(self.document.settings.learning_rate * factor, 1e-12)
        return Rate(min(float(f"{wanted:.0e}"), 1e3))

    def _swap(self, node: NodeId, gate: str) -> Swap | None:
        return Swap((node,), gate) if self._known(node) and self.document.nodes[node].gate != gate else None

    def _known(self, node: NodeId) -> bool:
        return node in self.document.nodes

    def _name(self, node: NodeId) -> str:
        return self.document.nodes[node].name if self._known(node) else "a node"

    def _weight(self, node: NodeId, port: str) -> str:
        name = self._name(node)
        return f"“{name}.{port}”" if self._known(node) and self.document.nodes[node].kind.outputs else f"“{name}”"

    def _last_layer(self) -> NodeId | None:
        return next((f.node for f in reversed(self.vitals.flows) if "init" in self._params(f.node)), None)

    def _params(self, node: NodeId) -> Mapping[str, Any]:
        return self.document.nodes[node].kind.params if self._known(node) else {}

    def _starts_at_zero(self, node: NodeId) -> bool:
        return self.document.nodes[node].params.get("init") == "zeros"

    def _raw_wires(self, node: NodeId, port: str) -> list[WireId]:
        """Wires by which data goes into the network as it is: to neither a BatchNorm nor, as the truth, to a loss."""
        wires = (w for w in self.document.wires_out_of(node) if w.output == port) if self._known(node) else ()
        return [w.id for w in wires if self._takes_raw(self.document.nodes[w.target])]

    def _takes_raw(self, node: Node) -> bool:
        return not node.known or (node.gate != "batch_norm" and node.kind.category is not Category.LOSS)

    def _dropout(self) -> Insert | None:
        """Behind the last activation."""
        bends = [b.node for b in self.vitals.bends if self._known(b.node)]
        wires = [w.id for node in reversed(bends) for w in self.document.wires_out_of(node)]
        has = any(
            n.known and n.kind.category is Category.LAYER and n.gate == "dropout" for n in self.document.nodes.values()
        )
        return Insert(wires[0], "dropout") if wires and not has else None
