"""A backprop sheet that tells no more than the canvas does, while numbers are still to come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gradstudio.document.model import Document, NodeId, WireId
from gradstudio.insight.sheet import Fork, Sheet, Term
from gradstudio.training.snapshot import Snapshot

STILL_TO_COME = "Some of its numbers are still to come."
Port = tuple[NodeId, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What can be seen now.

    Attributes:
        value: whether the value at a port is.
        gradient: whether the whole gradient at a port is.
        share: whether what a wire brings back is.
    """

    value: Callable[[Port], bool]
    gradient: Callable[[Port], bool]
    share: Callable[[WireId], bool]

    @classmethod
    def of(cls, shown: Snapshot, whole: Snapshot) -> Known:
        """What a snapshot still has of the whole one."""
        return cls(
            lambda port: port in shown.values or port not in whole.values,
            lambda port: port in shown.gradients or port not in whole.gradients,
            lambda wire: wire in shown.contributions or wire not in whole.contributions,
        )


def withheld(sheet: Sheet, document: Document, known: Known) -> Sheet:
    """The sheet with what can be seen now, and nothing that would tell the rest."""
    node = document.nodes[sheet.node]
    ports = [(sheet.node, port.name) for port in node.kind.outputs] or [
        (sheet.node, p.name) for p in node.output_ports()
    ]
    outputs = tuple(f for f, port in zip(sheet.outputs, ports, strict=False) if known.value(port))
    upstream = all(known.gradient(port) for port in ports)
    values = all(_value_known(sheet.node, term, document, known) for term in sheet.terms)
    terms = tuple(_term(sheet.node, term, document, known, told=upstream and values) for term in sheet.terms)
    forks = tuple(fork for fork in (_fork(fork, known) for fork in sheet.forks) if fork.shares)
    made = replace(sheet, outputs=outputs, upstream=sheet.upstream if upstream else (), terms=terms, forks=forks)
    whole = terms == sheet.terms and forks == sheet.forks and (outputs, upstream) == (sheet.outputs, True)
    return sheet if whole else replace(made, remark=sheet.remark or STILL_TO_COME)


def _value_known(node: NodeId, term: Term, document: Document, known: Known) -> bool:
    if term.wire is None:
        return known.value((node, term.input))
    wire = document.wires.get(term.wire)
    return wire is None or known.value((wire.source, wire.output))


def _term(node: NodeId, term: Term, document: Document, known: Known, *, told: bool) -> Term:
    share = known.gradient((node, term.input)) if term.wire is None else known.share(term.wire)
    if told and share:
        return term
    value = term.value if _value_known(node, term, document, known) else None
    return replace(term, value=value, local=None, downstream=None, line="", zero="", hidden=True)


def _fork(fork: Fork, known: Known) -> Fork:
    shares = tuple(share for share in fork.shares if share.wire is None or known.share(share.wire))
    whole = len(shares) == len(fork.shares)
    return fork if whole else replace(fork, shares=shares, total=None)
