"""Exported scripts give the numbers of the engine."""

from __future__ import annotations

import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradstudio.cli import networks
from gradstudio.cli.examples import find, shipped
from gradstudio.document.commands import set_frozen
from gradstudio.document.model import Document, Node, Patch, Settings, Training, Wire
from gradstudio.engine.catalog import CATALOG
from gradstudio.engine.errors import GraphError
from gradstudio.engine.gate import Array, Category, Gate, Port
from gradstudio.engine.optimizers import OPTIMIZERS
from gradstudio.engine.schedules import SCHEDULES
from gradstudio.export.numpy_code import numpy_script, write_script
from gradstudio.files import NotWritable
from gradstudio.training.trainer import Trainer


def exported(document: Document, folder: Path) -> dict[str, Any]:
    """The names an exported script defines."""
    script = folder / "network.py"
    write_script(document, script, "network.grad")
    return runpy.run_path(str(script))


def run(module: dict[str, Any]) -> tuple[float, dict[str, Array]]:
    """The objective and the gradients an exported script computes."""
    network = module["network"]
    objective, gradients = network(module["parameters"]) if "parameters" in module else network()
    return float(objective), gradients


def leaf_gradients(trainer: Trainer) -> dict[str, Array]:
    """The engine's gradients of everything that has no inputs, by name."""
    nodes = trainer.document.nodes
    rows = {row.name: row.gradient for row in networks.rows(trainer) if row.gradient is not None}
    sources = {node.name for node in nodes.values() if not node.input_ports()}
    outputs = {
        f"{node.name}.{port.name}" for node in nodes.values() for port in node.kind.outputs if node.input_ports()
    }
    return {name: g for name, g in rows.items() if name in sources or ("." in name and name not in outputs)}


def agrees(document: Document, folder: Path, tolerance: float = 1e-12) -> None:
    """Asserts that script and engine give the same objective and the same gradients of all leaves."""
    trainer = networks.evaluated(document)
    objective, gradients = run(exported(document, folder))
    assert objective == pytest.approx(trainer.loss, rel=tolerance, abs=tolerance)
    expected = leaf_gradients(trainer)
    assert len(gradients) == len(expected)
    for found, wanted in zip(gradients.values(), expected.values(), strict=True):
        assert np.shape(found) == wanted.shape
        assert np.allclose(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", [example.name for example in shipped() if not example.data])
def test_exported_examples_give_the_engine_s_numbers(name: str, tmp_path: Path) -> None:
    """The script of every example computes its objective and the gradients of all leaves to 1e-12."""
    document = networks.read(find(name).path)
    agrees(document, tmp_path)


def test_a_trained_network_is_exported_with_its_parameters(tmp_path: Path) -> None:
    """What training has made of the parameters is what the script starts with."""
    document = networks.read(find("spiral-linear").path)
    trainer = Trainer(document)
    for _ in trainer.run(50):
        pass
    document.apply(Patch("Train", training=trainer.training()))
    agrees(document, tmp_path)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("more", [{"clip_norm": 0.3, "weight_decay": 0.02}, {"clip_value": 0.01, "warmup": 4}])
def test_the_exported_loop_has_the_schedule(schedule: Any, more: dict[str, Any], tmp_path: Path) -> None:
    """Schedule, warm-up, clipping and weight decay of the script's loop are the trainer's."""
    document = networks.read(find("spiral-linear").path)
    settings = replace(document.settings, optimizer="adamw", schedule=schedule, period=6, learning_rate=0.05, **more)
    document.apply(Patch("Settings", settings=settings))
    module = exported(document, tmp_path)
    module["train"](module["parameters"], 10)
    trainer = Trainer(document)
    for _ in trainer.run(10):
        pass
    for name, slot in zip(module["parameters"], trainer.compiled.parameters.values(), strict=True):
        assert np.allclose(module["parameters"][name], trainer.plan.value(slot), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "more",
    [
        {"schedule": "plateau", "patience": 2, "learning_rate": 3.0, "least_rate": 0.4, "optimizer": "sgd"},
        {"stop_patience": 5, "stop_delta": 0.01, "learning_rate": 1.0},
    ],
)
def test_the_exported_loop_watches_the_loss(more: dict[str, Any], tmp_path: Path, capsys: Any) -> None:
    """It lowers the rate where the trainer does, and ends where it does, with the same parameters."""
    document = networks.read(find("spiral-linear").path)
    document.apply(Patch("Settings", settings=replace(document.settings, **more)))
    module = exported(document, tmp_path)
    module["train"](module["parameters"], 60)
    trainer = Trainer(document)
    for _ in trainer.run(60):
        pass
    assert trainer.changes
    assert ("back at the parameters of step" in capsys.readouterr().out) is bool(trainer.verdict)
    for name, slot in zip(module["parameters"], trainer.compiled.parameters.values(), strict=True):
        assert np.allclose(module["parameters"][name], trainer.plan.value(slot), rtol=1e-9, atol=1e-12)


def test_the_exported_loop_leaves_frozen_parameters(tmp_path: Path) -> None:
    """Frozen weights stay, have no share in the clipping norm, and still have gradients; a comment names them."""
    document = networks.read(find("two-layer").path)
    frozen = next(node for node in document.nodes.values() if node.known and node.kind.weights)
    document.apply(set_frozen(document, [frozen.id], True))
    document.apply(Patch("Settings", settings=replace(document.settings, clip_norm=0.01, weight_decay=0.1)))
    module = exported(document, tmp_path)
    before = dict(module["parameters"])
    module["train"](module["parameters"], 5)
    trainer = Trainer(document)
    for _ in trainer.run(5):
        pass
    for name, (key, slot) in zip(before, trainer.compiled.parameters.items(), strict=True):
        assert np.allclose(module["parameters"][name], trainer.plan.value(slot), rtol=1e-9, atol=1e-12)
        assert (module["parameters"][name] is before[name]) is key.startswith(f"{frozen.id}.")
    assert "# frozen: " in (tmp_path / "network.py").read_text()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_exported_loop_trains_as_the_engine_does(optimizer: Any, tmp_path: Path) -> None:
    """Ten steps of the script's own loop and of the trainer end at the same parameters, for every optimiser."""
    document = networks.read(find("spiral-linear").path)
    document.apply(Patch("Settings", settings=replace(document.settings, optimizer=optimizer, learning_rate=0.05)))
    module = exported(document, tmp_path)
    module["train"](module["parameters"], 10)
    trainer = Trainer(document)
    for _ in trainer.run(10):
        pass
    for name, slot in zip(module["parameters"], trainer.compiled.parameters.values(), strict=True):
        assert np.allclose(module["parameters"][name], trainer.plan.value(slot), rtol=1e-9, atol=1e-12)


def test_float32_networks_stay_float32(tmp_path: Path) -> None:
    """A float32 network computes in float32 outside as well, and agrees to float32's precision."""
    document = networks.read(find("spiral").path)
    document.apply(Patch("Settings", settings=replace(document.settings, dtype="float32")))
    _, gradients = run(exported(document, tmp_path))
    assert {g.dtype for g in gradients.values()} == {np.dtype(np.float32)}
    agrees(document, tmp_path, 1e-5)


def drawn(nodes: list[tuple[str, str, dict[str, Any]]], wires: list[tuple[str, str, str]]) -> Document:
    """A float64 document from (name, gate, params) and (source, target, input); a source may be "split:rest"."""
    made = {}
    for i, (name, gate, params) in enumerate(nodes, 1):
        checked = {key: CATALOG.get(gate).params[key].check(key, value) for key, value in params.items()}
        made[name] = Node(i, gate, name, checked)
    document = Document()
    lines = {
        100 + k: Wire(100 + k, made[a].id, output or made[a].output_ports()[0].name, made[b].id, port)
        for k, (a, output, b, port) in enumerate((*source.partition(":")[::2], b, port) for source, b, port in wires)
    }
    document.apply(Patch("Draw", {n.id: n for n in made.values()}, lines, Settings(dtype="float64")))
    return document


def test_broadcast_inputs_get_gradients_of_their_own_shape(tmp_path: Path) -> None:
    """Where a row was repeated over a batch the script sums its gradient over it again."""
    nodes: list[Any] = [
        ("rows", "constant", {"value": [[1, 2, 3], [4, 5, 6]]}),
        ("row", "parameter", {"value": [0.5, -1, 2]}),
        ("column", "parameter", {"value": [[3], [-2]]}),
        ("product", "multiply", {}),
        ("f", "divide", {}),
    ]
    wires = [("rows", "product", "x"), ("row", "product", "y"), ("product", "f", "x"), ("column", "f", "y")]
    agrees(drawn(nodes, wires), tmp_path)


def test_a_value_read_twice_by_one_gate(tmp_path: Path) -> None:
    """x·x gets both of its contributions, and an objective that is read on still starts with 1."""
    nodes: list[Any] = [("dx", "parameter", {"value": 3}), ("x", "multiply", {}), ("for", "exp", {})]
    agrees(drawn(nodes, [("dx", "x", "x"), ("dx", "x", "y"), ("x", "for", "x")]), tmp_path)
    document = drawn(nodes, [("dx", "x", "x"), ("dx", "x", "y"), ("x", "for", "x")])
    document.apply(Patch("Objective", settings=replace(document.settings, objective=2)))
    agrees(document, tmp_path)


def test_the_script_runs_alone(tmp_path: Path) -> None:
    """Python alone runs the script, from any folder, and it trains as many steps as it is told to."""
    script = tmp_path / "spiral.py"
    written = write_script(networks.read(find("spiral").path), script, "spiral.grad")
    assert written == [script, tmp_path / "spiral.npz"]
    done = subprocess.run(
        [sys.executable, "-I", str(script), "20"], capture_output=True, text=True, check=True, cwd="/"
    )
    assert "step 0: 1.098637" in done.stdout
    assert "objective" in done.stdout


def test_small_networks_need_no_file_beside_them(tmp_path: Path) -> None:
    """A circuit is one file with its numbers in it."""
    script = tmp_path / "f.py"
    assert write_script(networks.read(find("sum-times-z").path), script, "f.grad") == [script]
    text = script.read_text(encoding="utf-8")
    assert "q = x + y" in text
    assert "dq = z * df" in text


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    """Neither script nor arrays hold a clock."""
    document = networks.read(find("spiral").path)
    first = [file.read_bytes() for file in write_script(document, tmp_path / "a.py", "spiral.grad")]
    (tmp_path / "again").mkdir()
    again = [file.read_bytes() for file in write_script(document, tmp_path / "again" / "a.py", "spiral.grad")]
    assert first == again


def test_titles_can_t_break_out_of_the_docstring() -> None:
    """A file's name is a text in the script, whatever it is."""
    script = numpy_script(networks.read(find("product").path), '"""\nimport os\\', "a.npz")
    compile(script.text, "script", "exec")
    assert '"""\nimport os' not in script.text


def test_a_gate_without_code_is_refused_by_name() -> None:
    """A gate that declares no NumPy code can't be exported, and the message names node and gate."""

    class Secret(Gate):
        id, title, category = "secret", "Secret", Category.ARITHMETIC
        inputs = (Port("x"),)

        def shape(self, x: Any) -> Any:
            return x

        def forward(self, x: Array) -> Array:
            return x

        def backward(self, dz: Array) -> Array:
            return dz

    with CATALOG.including(Secret):
        document = drawn([("x", "constant", {}), ("s", "secret", {})], [("x", "s", "x")])
        with pytest.raises(GraphError, match=r"^s: Secret has no NumPy code"):
            numpy_script(document, "s", "s.npz")


def test_nothing_to_differentiate_is_refused() -> None:
    """An empty network has nothing to export."""
    with pytest.raises(GraphError, match="nothing to export"):
        numpy_script(Document(), "empty", "empty.npz")


@pytest.mark.parametrize("name", ['we"ird', "we'ird", "back\\slash", "é x", "line\nbreak", "no text \udcff"])
def test_scripts_read_their_arrays_whatever_the_file_is_called(name: str, tmp_path: Path) -> None:
    """A file's name can't break the line that reads the arrays, nor the docstring."""
    script = tmp_path / f"{name}.py"
    write_script(networks.read(find("spiral").path), script, f"{name}.grad")
    assert runpy.run_path(str(script))["network"]


def test_nodes_named_like_the_script_s_own_names(tmp_path: Path) -> None:
    """A node called LEARNING_RATE or MOMENTUM keeps its value in the script."""
    nodes: list[Any] = [("LEARNING_RATE", "constant", {"value": 5}), ("MOMENTUM", "parameter", {"value": 7})]
    nodes.append(("f", "multiply", {}))
    document = drawn(nodes, [("LEARNING_RATE", "f", "x"), ("MOMENTUM", "f", "y")])
    document.apply(Patch("Set", settings=replace(document.settings, optimizer="momentum")))
    agrees(document, tmp_path)


def test_a_diverged_network_is_exported_as_it_is(tmp_path: Path) -> None:
    """NaN and infinity among the parameters come into the script as they are."""
    document = drawn([("x", "parameter", {"value": [1, 2]}), ("f", "sum", {})], [("x", "f", "x")])
    wild = np.array([np.nan, -np.inf])
    document.apply(Patch("Train", training=Training(5, {"1.value": wild}, {}, {})))
    module = exported(document, tmp_path)
    np.testing.assert_array_equal(module["parameters"]["x"], wild)


def test_a_refused_write_names_the_file(tmp_path: Path) -> None:
    """Where the script can't be written the refusal says which file it is about."""
    with pytest.raises(NotWritable, match=r"nowhere.*f\.py: expected"):
        write_script(networks.read(find("product").path), tmp_path / "nowhere" / "f.py", "f.grad")


def test_numbers_that_overflow_are_exported_quietly(tmp_path: Path) -> None:
    """Exporting a network whose numbers overflow warns of nothing: that is for who runs it to see."""
    nodes: list[Any] = [("x", "parameter", {"value": 1e308}), ("r", "l2", {"strength": 1e6}), ("f", "multiply", {})]
    document = drawn(nodes, [("x", "r", "w"), ("x", "f", "x"), ("r", "f", "y")])
    assert "np.sum(w ** 2)" in numpy_script(document, "f", "f.npz").text


def test_a_parameter_nothing_flows_to_stays(tmp_path: Path) -> None:
    """The script's loop leaves a parameter alone that the objective doesn't depend on."""
    nodes: list[Any] = [("x", "parameter", {"value": 3}), ("spare", "parameter", {"value": 5}), ("f", "power", {})]
    module = exported(drawn(nodes, [("x", "f", "x")]), tmp_path)
    module["train"](module["parameters"], 3)
    assert module["parameters"]["spare"] == 5
    assert module["parameters"]["x"] < 3
