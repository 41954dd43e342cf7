"""A backprop sheet put into cards of blocks: what stands where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from gradstudio.document.model import WireId
from gradstudio.insight.sheet import Fork, Sheet, Term
from gradstudio.ui.panels.sheet_blocks import Block, Equation, Formula, Part, Printed, Words


def say(text: str) -> str:
    """A text in the person's language."""
    return QCoreApplication.translate("Sheet", text)


@dataclass(frozen=True, slots=True)
class Links:
    """What can be clicked on a sheet.

    Attributes:
        jacobian: shows the Jacobian by one input, told by its place among the terms.
        wire: selects a wire.
    """

    jacobian: Callable[[Term], None]
    wire: Callable[[WireId], None]


def cards(sheet: Sheet, links: Links) -> list[list[Block]]:
    """The cards of a sheet from top to bottom, each a list of blocks."""
    found = [list(_head(sheet))]
    ends = list(_ends(sheet)) if sheet.outputs or sheet.upstream else []
    found += [ends] if ends else []
    found += [list(_term(sheet, term, links)) for term in sheet.terms]
    found += [list(_fork(fork, links)) for fork in sheet.forks]
    return found


def _head(sheet: Sheet) -> Iterator[Block]:
    title = sheet.title if sheet.wire is None else say("into {}").format(sheet.title)
    yield Words(f"{sheet.name}   {title}" if sheet.name != sheet.title else title, size=15, bold=True)
    if sheet.formula:
        yield Formula(sheet.formula)
    if sheet.rule:
        yield Words(sheet.rule)
    if sheet.remark:
        yield Words(sheet.remark, "warning")


def _ends(sheet: Sheet) -> Iterator[Block]:
    """What comes out of the gate, and what comes back to it."""
    values = [Part(say("value"), figure, "value") for figure in sheet.outputs]
    back = [Part(say("upstream"), figure, "gradient") for figure in sheet.upstream]
    if len(values) == len(back) == 1 and not any(part.small or part.printed for part in (*values, *back)):
        yield Equation((*values, *back), ("",))
    else:
        yield from (_line(part) for part in (*values, *back))
    if not sheet.upstream and not any(term.hidden for term in sheet.terms):
        yield Words(say("No gradient comes back to it."), "text_dim")


def _term(sheet: Sheet, term: Term, links: Links) -> Iterator[Block]:
    source = f"{term.source} → {term.input}" if term.source else say("weight {}").format(term.input)
    yield Words(source, bold=True)
    yield _line(Part(say("value"), term.value, "value", instead="?"))
    if term.hidden:
        yield Words("? × ? = ?", "text_dim", 13, mono=True)
    if term.downstream is not None:
        words = term.words if term.words and not term.matrix else say("local")
        yield Words(f"{term.downstream.name} = {words} × upstream", "text_dim", 12, mono=True)
        yield from _equation(sheet, term)
    if term.zero:
        yield Words(term.zero, "warning")
    rows, columns = term.jacobian
    if term.downstream is not None and sheet.upstream and rows * columns > 1:
        size = f"{rows:,} × {columns:,}"
        yield Words(say("Jacobian {}…").format(size), "selection", 12, does=lambda: links.jacobian(term))


def _equation(sheet: Sheet, term: Term) -> Iterator[Block]:
    """Local × upstream = downstream: side by side, or below each other where entries are printed."""
    rows, columns = term.jacobian
    never = say("Jacobian {}: backward never builds it").format(f"{rows:,} × {columns:,}")
    upstream = sheet.upstream[0] if len(sheet.upstream) == 1 else None
    parts = (
        Part(say("local"), term.local, "curve", instead=never),
        Part(say("upstream"), upstream, "gradient", instead=say("those above")),
        Part(say("downstream"), term.downstream, "gradient", filled=True),
    )
    arrays = [part for part in parts if not part.small]
    if arrays and all(part.printed for part in arrays):
        yield from (_line(part, sign) for part, sign in zip(parts, ("", "×", "="), strict=True))
    else:
        yield Equation(parts, ("×", "="))


def _fork(fork: Fork, links: Links) -> Iterator[Block]:
    yield Words(say("{} branches: the gradients add").format(fork.name), bold=True)
    for i, share in enumerate(fork.shares):
        sign = "+" if i else " "
        text = f"{sign} {say('none') if share.figure is None else share.figure.text}   {share.target}"
        wire = share.wire
        does = None if wire is None else _chooser(links, wire)
        yield Words(text, "gradient" if share.figure is not None else "text_dim", 12, mono=True, does=does)
    if fork.total is not None:
        yield Words(f"= {fork.total.text}", "gradient", 12, bold=True, mono=True)


def _chooser(links: Links, wire: WireId) -> Callable[[], None]:
    return lambda: links.wire(wire)


def _line(part: Part, sign: str = "") -> Printed:
    """A part over the whole width; a number beside its name."""
    figure = part.figure
    if figure is None or figure.scalar is None:
        return Printed(part, sign)
    return Printed(replace(part, figure=None, instead=f"{figure.name} = {figure.text}"), sign)
