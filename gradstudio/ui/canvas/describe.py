"""Words about the canvas: tooltips, and a summary for screen readers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF

from gradstudio.document.model import Node, WireId
from gradstudio.document.shapes import infer
from gradstudio.engine.gate import shape_text
from gradstudio.training.snapshot import Summary
from gradstudio.ui.canvas.figures import full_text
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
    nodes, wires = view.studio.selection()
    names = [document.nodes[i].name for i in nodes[:_SHOWN] if i in document.nodes]
    if names:
        more = _say(" and {0} more").format(len(nodes) - len(names)) if len(nodes) > len(names) else ""
        parts.append(_say("Selected: {0}{1}.").format(", ".join(names), more))
    if wires:
        parts.append(_say("{0} wires selected.").format(len(wires)))
    return " ".join(parts)


def tooltip(view: CanvasView, at: QPointF) -> str:
    """What is known about what lies at a scene point."""
    hit = view.scene.hit(at, view.scale(), view.marks.nodes)
    if hit.part in (Part.WIRE, Part.DOT):
        return wire_text(view, hit.wire)
    record = view.studio.document.nodes.get(hit.node)
    if record is None:
        return label_text(view, at)
    return port_text(view, record, hit) if hit.is_port else node_text(view, record)


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
    return _rich(lines)


def wire_text(view: CanvasView, wire_id: WireId) -> str:
    """A wire: its ends, the value it carries, the gradient it brings back."""
    document = view.studio.document
    wire = document.wires[wire_id]
    ends = f"{document.nodes[wire.source].name}.{wire.output} → {document.nodes[wire.target].name}.{wire.input}"
    lines = [_heading(ends, _shape(view, wire.source, wire.output))]
    lines += _numbers(view.readings.value_at(wire.source, wire.output), view.readings.contribution(wire_id))
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


def _shape(view: CanvasView, node: int, port: str) -> str:
    shape = infer(view.studio.document).of(node, port)
    return _say("shape not known yet") if shape is None else shape_text(shape)


def _heading(name: str, kind: str) -> str:
    return f"<b>{escape(name)}</b> · {escape(kind)}"


def _pre(text: str) -> str:
    return escape(text).replace("\n", "<br>").replace(" ", "&nbsp;")


def _rich(lines: list[str]) -> str:
    return "<qt>" + "<br>".join(line for line in lines if line) + "</qt>"
