"""The wheel that `pip install .` makes, and where its files are found."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gradstudio.resources import resource


def test_resources_are_found_in_a_checkout(checkout: Path) -> None:
    """In a checkout the shipped files lie beside the package."""
    assert resource("examples") == checkout / "resources" / "examples"


def test_missing_resource_is_named() -> None:
    """What was never shipped is refused by name, with where it was looked for."""
    with pytest.raises(FileNotFoundError, match=r"examples/nothing\.grad is missing; looked in .*resources"):
        resource("examples", "nothing.grad")


@pytest.mark.slow
def test_resources_are_found_in_an_installed_wheel(checkout: Path, tmp_path: Path) -> None:
    """The wheel carries the resources inside the package, and finds them there."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=checkout, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("gradstudio-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = "from gradstudio.resources import resource; print(resource('examples', 'welcome.grad'))"
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, cwd=tmp_path / "site", check=True, capture_output=True, text=True)
    assert Path(done.stdout.strip()) == tmp_path / "site" / "gradstudio" / "resources" / "examples" / "welcome.grad"
