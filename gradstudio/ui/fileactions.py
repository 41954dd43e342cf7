"""The actions of files, pictures and windows."""

from __future__ import annotations

from gradstudio.ui.spec import Entries, Spec, Standard, has_nodes

FILE_SPECS: tuple[Spec, ...] = (
    Spec("new", "&New", lambda w: w.files.new(), Standard.New, "An empty network."),
    Spec("open", "&Open…", lambda w: w.files.open(), Standard.Open, "Open a network from a file."),
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
    Spec("print", "P&rint…", lambda w: w.pictures.print(), Standard.Print, "The network on one page.", has_nodes),
    Spec("quit", "&Quit", lambda w: w.close(), "Ctrl+Q", "Close the studio."),
)

FILE: Entries = (
    "new", "open", ">examples", ">recent", "-", "save", "save_as", "-", "export_picture", "copy_picture",
    "export_numpy", "print", "-", "quit",
)  # fmt: skip
