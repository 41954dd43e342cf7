"""Where runs are kept: beside the network's file, or in the person's state folder while it has none."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from gradstudio.resources import resource

SUFFIX = ".runs"


def beside(network: Path) -> Path:
    """The folder of a network's runs: `NAME.runs` beside `NAME.grad` or `NAME.grad.json`."""
    name = network.name.removesuffix(".json").removesuffix(".grad") or network.name
    return network.with_name(f"{name}{SUFFIX}")


def is_shipped(network: Path) -> bool:
    """Whether a network came with the program: nothing is written beside it."""
    try:
        return network.resolve().is_relative_to(resource("examples").resolve())
    except FileNotFoundError:
        return False  # an installation without examples


def state_folder(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Path:
    """Where this platform wants what a program keeps for a person between its starts."""
    home = Path(environment.get("HOME") or Path.home())
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "GradStudio"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "GradStudio"
    chosen = environment.get("XDG_STATE_HOME", "")
    return (Path(chosen) if Path(chosen).is_absolute() else home / ".local" / "state") / "gradstudio"
