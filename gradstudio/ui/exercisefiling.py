"""What the window does about exercises: asking, showing the panel, saving answers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog

from gradstudio.document import exercising
from gradstudio.document.questions import Asks
from gradstudio.files import FileProblem, answers
from gradstudio.ui import going

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def say(text: str) -> str:
    """A text in the person's language."""
    return QCoreApplication.translate("Exercise", text)


def ask_selected(window: MainWindow, asks: Asks) -> None:
    """Ask for what the selected wires carry or bring back, and for what is at the selected nodes' outputs."""
    studio = window.studio
    nodes, wires = studio.selection()
    asked = 0
    with studio.history.group(say("Ask for {}").format(say(asks))):
        for wire in wires:
            asked += studio.do(partial(exercising.ask_wire, studio.document, wire, asks))
        for node in nodes if not wires else ():
            kind = studio.document.nodes[node].kind
            for port in kind.outputs or studio.document.nodes[node].output_ports():
                asked += studio.do(partial(exercising.ask_output, studio.document, node, port.name, asks))
    if asked:
        show_panel(window, focus=False)


def show_panel(window: MainWindow, *, focus: bool = True) -> None:
    """Show the exercise panel, and go to it."""
    if focus:
        going.to_dock(window, "exercise")
    else:
        dock = window.docks["exercise"]
        dock.show()
        dock.raise_()
        dock.load()


def save_answers(window: MainWindow, name: str) -> None:
    """Ask for a file and write the answers there."""
    title, filters = say("Save answers"), [say("Answers (*.json)")]
    dialog = window.files.dialog(title, QFileDialog.AcceptMode.AcceptSave, filters)
    dialog.setDefaultSuffix("json")
    stem = "".join(c if c.isalnum() else "-" for c in name).strip("-") or "answers"
    dialog.selectFile(f"{stem}.json")
    dialog.fileSelected.connect(lambda path: write_answers(window, name, Path(path)))
    dialog.open()


def write_answers(window: MainWindow, name: str, path: Path) -> None:
    """Write the answers into a file; where that fails it is told."""
    try:
        answers.write(window.predicting.answers(name), path)
    except FileProblem as problem:
        window.files.tell(say("The answers can't be saved"), str(problem))
        return
    window.studio.messageShown.emit(say("Answers saved to {}.").format(path.name))
