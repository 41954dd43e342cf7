"""What the book of runs needs to be loaded."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from gradstudio.ui.bridge import Studio
from PySide6.QtCore import QCoreApplication

app = QCoreApplication([])
Studio().close()
print([name for name in sys.modules if name.startswith("gradstudio.ui.panels")])
"""


def test_a_studio_loads_no_panel(checkout: Path) -> None:
    """A studio with its runs is made without any panel: the window loads those it shows."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=checkout, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
