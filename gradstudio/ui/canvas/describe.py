"""Words about the canvas: tooltips, and a summary for screen readers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF

from gradstudio.document.model import Node, WireId
from gradstudio.document.nesting import all_members
from gradstudio.document.regions import AreaId, GroupId
from gradstudio.document.shapes import infer
from gradstudio.document.stage import ShownId
from gradstudio.engine.gate import shape_text
from gradstudio.training.snapshot import Summary
from gradstudio.ui.canvas.boxes import counted
from gradstudio.ui.canvas.figures import full_text
from gradstudio.ui.canvas.ink import fonts
from gradstudio.ui.canvas.metrics import MARGIN
from gradstudio.ui.canvas.scene import Hit, Part

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_SHOWN = 8


def _say(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


def summary(view: CanvasView) -> str:
    """What there is and what is selected, in words."""
    document = view.studio.document
    parts = [_say("{0} nodes, {1} wires.").format(len(document.nodes), len(document.wires))]
    wires, units = view.studio.selection()[1], view.studio.stage.units(view.studio.selection()[0])
    inside = view.studio.stage.inside
    if inside is not None and inside in document.groups:
        parts.append(_say("Inside the group {0}.").format(document.groups[inside].name))
    names = [_name(view, shown) for shown in units[:_SHOWN]]
    names += [_area_name(view, i) for i in view.studio.areas()[:_SHOWN] if i not in document.groups]
    if names:
        more = _say(" and {0} more").format(len(units) - _SHOWN) if len(units) > _SHOWN else ""
        parts.append(_say("Selected: {0}{1}.").format(", ".join(names), more))
    if wires:
        parts.append(_say("{0} wires selected.").format(len(wires)))
    return " ".join(parts)


def _name(view: CanvasView, shown: ShownId) -> str:
    document = view.studio.document
    if shown > 0:
        return document.nodes[shown].name
    group = document.groups[-shown]
    return _say("group {0} of {1}").format(group.name, counted(len(all_members(document, group.id))))


def _area_name(view: CanvasView, area: AreaId) -> str:
    frame = view.studio.document.frames.get(area)
    return _say("comment") if frame is None else _say("frame {0}").format(frame.title)


def tooltip(view: CanvasView, at: QPointF) -> str:
    """What is known about what lies at a scene point."""
    hit = view.scene.hit(at, view.scale(), view.marks.nodes)
    if hit.part in (Part.WIRE, Part.DOT):
        return wire_text(view, hit.wire)
    if hit.part is Part.GROUP:
        return group_text(view, hit.area)
    if hit.part is Part.AREA:
        return area_text(view, hit.area)
    record = view.studio.document.nodes.get(hit.node)
    if record is None:
        return label_text(view, at)
    return port_text(view, record, hit) if hit.is_port else node_text(view, record)


def group_text(view: CanvasView, group_id: GroupId) -> str:
    """A group: its name, how much is in it, and what is wrong there."""
    document = view.studio.document
    group, members = document.groups[group_id], all_members(document, group_id)
    lines = [_heading(group.name, _say("group")), escape(counted(len(members)))]
    found = [view.readings.problems[i].sentence for i in members if i in view.readings.problems]
    lines += [f"<b>{escape(sentence)}</b>" for sentence in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(_say("and {0} more").format(len(found) - _SHOWN))
    closed = _say("Double click to see only what is in it, the mark at its right to open it in place.")
    lines.append(f"<i>{escape(closed)}</i>" if group.collapsed else "")
    return _rich(lines)


def area_text(view: CanvasView, area: AreaId) -> str:
    """A frame's title, or a comment's words, where they aren't seen whole."""
    document = view.studio.document
    if area in document.frames:
        title = document.frames[area].title
        cut = view.scene.area_rect(area).width() < fonts().title_width.horizontalAdvance(title) + 2 * MARGIN
        return _rich([f"<b>{escape(title)}</b>"]) if cut else ""
    comment = document.comments[area]
    cut = view.text_height(comment.text, comment.width) > comment.height
    return _rich([escape(comment.text).replace("\n", "<br>")]) if cut else ""


def node_text(view: CanvasView, record: Node) -> str:
    """A node: its name, its gate, what the gate does and how its gradients flow, and what is wrong with it."""
    trouble = view.readings.problems.get(record.id)
    if not record.known:
        lines = [_heading(record.name, record.gate)]
    else:
        kind = record.kind
        rule = f"<i>{escape(kind.rule)}</i>" if kind.rule else ""
        lines = [_heading(record.name, kind.title), escape(kind.help), rule]
        lines += [
            f"{escape(port.name)}: {escape(_shape(view, record.id, port.name))}" for port in record.output_ports()
        ]
    if record.muted:
        lines.append(f"<b>{escape(_say('Muted: its first fitting input passes through.'))}</b>")
    if record.frozen:
        lines.append(f"<b>{escape(_say('Frozen: training leaves its weights as they are.'))}</b>")
    if trouble is not None:
        lines.append(f"<b>{escape(trouble.sentence)}</b>")
    if record.note:
        lines.append(f"<hr>{escape(record.note).replace(chr(10), '<br>')}")
    return _rich(lines)


def port_text(view: CanvasView, record: Node, hit: Hit) -> str:
    """A port: its name, what it is, and for outputs what is there."""
    output = hit.part is Part.OUTPUT
    ports = record.output_ports() if output else record.input_ports()
    port = next((p for p in ports if p.name == hit.port), None)
    what = _say("output") if output else _say("input")
    lines = [_heading(f"{record.name}.{hit.port}", what), escape(port.help) if port is not None else ""]
    if output:
        lines.append(escape(_shape(view, record.id, hit.port)))
        lines += _numbers(view.readings.value_at(record.id, hit.port), view.readings.gradient_at(record.id, hit.port))
        lines += _fork(view, record.id, hit.port)
    return _rich(lines)


def wire_text(view: CanvasView, wire_id: WireId) -> str:
    """A wire: its ends, the value it carries, the gradient it brings back."""
    document = view.studio.document
    wire = document.wires[wire_id]
    ends = f"{document.nodes[wire.source].name}.{wire.output} → {document.nodes[wire.target].name}.{wire.input}"
    lines = [_heading(ends, _shape(view, wire.source, wire.output))]
    lines += _numbers(view.readings.value_at(wire.source, wire.output), view.readings.contribution(wire_id))
    lines += _fork(view, wire.source, wire.output)
    return _rich(lines)


def label_text(view: CanvasView, at: QPointF) -> str:
    """The full values of the label at a scene point, if there is one."""
    wire = view.scene.labels.wire_at(at.x(), at.y())
    if wire is not None:
        return wire_text(view, view.scene.wires.ids[wire])
    stub = view.scene.labels.stub_at(at.x(), at.y())
    if stub is None:
        return ""
    port = view.scene.stubs.ports[stub]
    return port_text(view, view.studio.document.nodes[port.node], Hit(Part.OUTPUT, port.node, port.port))


def _numbers(value: Summary | None, gradient: Summary | None) -> list[str]:
    said = []
    if value is not None:
        said.append(f"{_say('value')} <code>{_pre(full_text(value))}</code>")
    if gradient is not None:
        said.append(f"{_say('gradient')} <code>{_pre(full_text(gradient))}</code>")
    return said


def _fork(view: CanvasView, node: int, port: str) -> list[str]:
    """The sum where the gradients of several wires meet."""
    text = view.readings.fork(node, port)
    return [f"{_say('gradients add')} <code>{_pre(text)}</code>"] if text else []


def _shape(view: CanvasView, node: int, port: str) -> str:
    shape = infer(view.studio.document).of(node, port)
    return _say("shape not known yet") if shape is None else shape_text(shape)


def _heading(name: str, kind: str) -> str:
    return f"<b>{escape(name)}</b> · {escape(kind)}"


def _pre(text: str) -> str:
    return escape(text).replace("\n", "<br>").replace(" ", "&nbsp;")


def _rich(lines: list[str]) -> str:
    return "<qt>" + "<br>".join(line for line in lines if line) + "</qt>"
