"""An error in the middle of painting ends the painting, and nothing else."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from PySide6.QtWidgets import QApplication
from gradstudio.ui.panels.plot import Plot


class Broken:
    right = False

    def paint(self, painter, to):
        raise ValueError("a broken layer")


app = QApplication([])
plot = Plot("x", "y")
plot.resize(300, 200)
plot.show()
app.processEvents()
plot.layers = [Broken()]
kept = []
sys.excepthook = lambda *error: kept.append(error)  # with its frames, as a debugger or a test keeps them
for _ in range(3):
    plot.update()
    app.processEvents()
assert len(kept) == 3, kept
plot.layers = []
plot.resize(500, 400)
app.processEvents()
plot.close()
del plot
kept.clear()
print("goes on")
"""


def test_a_layer_that_fails_leaves_the_process_alive(checkout: Path) -> None:
    """An error in a paint event, kept with its frames, isn't the end of the interpreter."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=checkout, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "goes on\n"), done.stderr
    assert "active painter" not in done.stderr
