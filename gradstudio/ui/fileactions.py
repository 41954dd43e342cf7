"""The actions of files, pictures and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradstudio.ui.spec import Entries, Spec, Standard, has_nodes

if TYPE_CHECKING:
    from gradstudio.ui.window import MainWindow


def _several(window: MainWindow) -> bool:
    return len(window.windows.all) > 1


def _duplicate(window: MainWindow) -> None:
    from gradstudio.ui.comparing import duplicate_network

    duplicate_network(window)


def _compare(window: MainWindow) -> None:
    from gradstudio.ui.comparing import compare_with

    compare_with(window)


def _export_predictor(window: MainWindow) -> None:
    from gradstudio.ui.predictorfiling import ask_for_file

    ask_for_file(window)


FILE_SPECS: tuple[Spec, ...] = (
    Spec("new", "&New", lambda w: w.files.new(), Standard.New, "An empty network."),
    Spec(
        "new_from_text",
        "New from &text…",
        lambda w: w.files.new_from_text(),
        "Ctrl+Alt+N",
        "A network from one line, such as 784-256-relu-10.",
    ),
    Spec("open", "&Open…", lambda w: w.files.open(), Standard.Open, "Open a network from a file."),
    Spec(
        "open_beside",
        "Open in new &window…",
        lambda w: w.files.open_beside(),
        "Ctrl+Shift+O",
        "Open a network from a file, beside this one.",
    ),
    Spec(
        "import_data",
        "&Import data…",
        lambda w: w.data.import_(),
        "Ctrl+Alt+I",
        "A table, pictures or arrays of your own, or an example, and a network that learns from them.",
    ),
    Spec("save", "&Save", lambda w: w.files.save(), Standard.Save, "Save network, weights and training."),
    Spec("save_as", "Save &as…", lambda w: w.files.save_as(), "Ctrl+Shift+S", "Save under another name."),
    Spec(
        "export_picture",
        "Export &picture…",
        lambda w: w.pictures.export(),
        "Ctrl+Shift+E",
        "The network, or what is selected of it, as PNG or SVG.",
        has_nodes,
    ),
    Spec(
        "copy_picture",
        "&Copy as picture",
        lambda w: w.pictures.copy(),
        "Ctrl+Alt+C",
        "What is selected, or the whole network, for a text or a slide.",
        has_nodes,
    ),
    Spec(
        "export_numpy",
        "Export Num&Py code…",
        lambda w: w.files.export_numpy(),
        None,
        "The network as a NumPy program with its backward pass.",
        has_nodes,
    ),
    Spec(
        "export_predictor",
        "Export pre&dictor…",
        _export_predictor,
        None,
        "A script that reads rows of a file, prepares them, and writes what the trained network says. It needs numpy.",
        has_nodes,
    ),
    Spec("print", "P&rint…", lambda w: w.pictures.print(), Standard.Print, "The network on one page.", has_nodes),
    Spec("quit", "&Quit", lambda w: w.windows.close_all(), "Ctrl+Q", "Close all windows."),
)

WINDOW_SPECS: tuple[Spec, ...] = (
    Spec(
        "new_window",
        "&New window",
        lambda w: w.windows.open(w),
        "Ctrl+Shift+N",
        "A window for another network; nodes are copied from one to the other.",
    ),
    Spec("next_window", "Ne&xt window", lambda w: w.windows.go_on(w), "Ctrl+`", "Go to the next window.", _several),
    Spec("close_window", "&Close window", lambda w: w.close(), "Ctrl+W", "Close this window only."),
    Spec(
        "duplicate_network",
        "&Duplicate network",
        _duplicate,
        "Ctrl+Alt+W",
        "A copy, with all it has learned, in a window of its own.",
        has_nodes,
    ),
    Spec(
        "compare",
        "Com&pare with…",
        _compare,
        "Ctrl+Alt+P",
        "Side by side with the network of another window, a file, or a run that was kept: what differs is marked.",
    ),
)

WINDOW: Entries = (
    "new_window", "next_window", "close_window", "-", "duplicate_network", "compare", ">windows",
)  # fmt: skip
FILE: Entries = (
    "new", "new_from_text", "open", "open_beside", ">examples", ">recent", "-", "import_data", "-",
    "save", "save_as", "-", "export_picture", "copy_picture", "export_numpy", "export_predictor", "print", "-", "quit",
)  # fmt: skip

WINDOW_REASONS = {_several: "There is no other window."}
