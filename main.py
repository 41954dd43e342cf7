#!/usr/bin/env python3
"""Starts GradStudio from a checkout, with nothing but Python 3.11 or newer and pip.

    python3 main.py              opens the studio; the first start prepares .venv beside this file
    python3 main.py FILE.grad    opens a network
    python3 main.py --test ...   runs the test suite; what follows goes to pytest

Where no screen is available the studio trains its spiral example offscreen instead. Standard library only, and
nothing in here may need more than Python 3.6 to be parsed: the sentence about the version must still come out.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "GradStudio needs Python 3.11 or newer, and this is Python {}.{}: install a newer one from your system's "
        "packages or from python.org, and start again with it, for example: python3.12 main.py".format(
            *sys.version_info[:2]
        )
    )

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Self

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "gradstudio-stamp.json"
LOG = VENV / "install.log"
AGAIN = "start again with: python3 main.py"

PACKAGES = {
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libEGL.so.1": ("libegl1", "libglvnd-egl"),
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libX11.so.6": ("libx11-6", "libX11"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
}
"""Shared libraries of Qt that a bare system lacks, and the packages of Debian and of Fedora that bring them."""

CAUSES = {
    r"No space left|Errno 28|Disk quota": "the disk is full: free about 2 GB and {again}",
    r"Permission denied|Read-only file system|Errno 13|Errno 30|WinError 5": (
        "{root} can't be written to: copy the checkout to a folder of yours, or correct its permissions, and {again}"
    ),
    r"ensurepip is not|No module named '?(?:ensurepip|venv)": (
        "this Python can't make virtual environments: install its venv module "
        "(on Debian and Ubuntu: sudo apt install python3-venv) and {again}"
    ),
    r"WARNING: Retrying|connection broken|Max retries|timed out|requirement hatchling\S* \(from versions: none": (
        "the package index can't be reached: connect to the network, or set pip's proxy or index, and {again}"
    ),
    r"(?:No matching distribution found for|satisfies the requirement) (?P<what>[^\s;]+)": (
        "there is no release of {what} for this Python ({version} on {machine}): "
        "use a 64-bit Python of your system between 3.11 and 3.14 and {again}"
    ),
}
"""What a failed installation prints, and the sentence for it; the first that fits counts."""

PROBE = """
import importlib.util, sys
print("%d.%d" % sys.version_info[:2])
for name in ("gradstudio", "pip", "numpy", "PySide6", "typer"):
    spec = importlib.util.find_spec(name)
    print(spec.origin if spec and spec.origin else "-")
"""
"""Run in .venv: prints its Python's version, then where each module is."""

LIBRARIES = """
import ctypes, pathlib, re, sys
platform, *known = sys.argv[1:]
try:
    from PySide6 import QtGui, QtWidgets
    plugin = pathlib.Path(QtGui.__file__).parent / "Qt/plugins/platforms" / f"libq{platform}.so"
    if plugin.exists():
        ctypes.CDLL(str(plugin))
except (ImportError, OSError) as error:
    missing = re.findall(r"(\\S+\\.so[.\\d]*): cannot open shared object", str(error))
    for name in known if missing else ():
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    print("\\n".join(missing) if missing else f"error: {error}")
"""
"""Run in .venv with a Qt platform and library names: prints the libraries Qt misses there."""


class Trouble(Exception):
    """What keeps GradStudio from starting, in a sentence that ends with the remedy."""


class Found(NamedTuple):
    """What a look into .venv found."""

    version: str
    has_pip: bool
    complete: bool


class Stamp(NamedTuple):
    """What .venv was last prepared for, with success."""

    digest: str = ""
    extras: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()


class Status:
    """One live line on a terminal: what is being done, and for how long. In a pipe, one line a stage."""

    def __init__(self) -> None:
        self._text = ""
        self._live = sys.stdout.isatty()
        self._started = time.monotonic()
        self._done = threading.Event()
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        if self._live:
            self._clock.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        if self._live:
            self._clock.join()
            print("\r\x1b[K", end="", flush=True)

    @property
    def seconds(self) -> float:
        """Time since the status was made."""
        return time.monotonic() - self._started

    def stage(self, text: str) -> None:
        """Shows what is being done."""
        self._text = text
        if not self._live:
            print(f"GradStudio: {text} ...", flush=True)

    def detail(self, text: str) -> None:
        """Shows a detail of it, on a terminal only."""
        self._text = text

    def _tick(self) -> None:
        while not self._done.wait(0.1):
            wheel = "|/-\\"[int(self.seconds * 10) % 4]
            line = f"{wheel} Preparing GradStudio, {self.seconds:.0f} s: {self._text}"
            print(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}", end="", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Does what the command line asks for and returns the exit code."""
    asked = parse(arguments)
    for_tests = asked.prepare or asked.test is not None
    screen = None if for_tests else screen_platform()
    try:
        stamp = prepare({*asked.extras, "test"} if for_tests else set(asked.extras))
        check_libraries(stamp, screen or "offscreen")
        if asked.test is not None:
            return run_tests(asked.test)
        return 0 if asked.prepare else open_studio(asked.file, screen)
    except Trouble as trouble:
        print(f"GradStudio: {trouble}", file=sys.stderr)
    except OSError as error:
        print(f"GradStudio: {explain(str(error))}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"GradStudio: stopped; to go on, {AGAIN}", file=sys.stderr)
        return 130
    return 1


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line, understood."""
    parser = argparse.ArgumentParser(prog="main.py", description="Start GradStudio from this checkout.")
    parser.add_argument("file", nargs="?", metavar="FILE.grad", help="the network to open")
    parser.add_argument(
        "--with", dest="extras", action="append", default=[], choices=("torch", "onnx", "numba"),
        help="install an optional extra too; may be given several times",
    )  # fmt: skip
    parser.add_argument("--prepare", action="store_true", help="prepare .venv, test tools included, and stop")
    parser.add_argument("--test", nargs=argparse.REMAINDER, metavar="...", help="run the tests; the rest is pytest's")
    return parser.parse_args(arguments)


# --- preparing .venv -------------------------------------------------------------------------------------------------


def prepare(extras: set[str]) -> Stamp:
    """Makes .venv hold GradStudio with these extras; does nothing where it already does."""
    stamp, found = read_stamp(), look()
    if found and found.complete and stamp.digest == digest(found.version) and extras <= set(stamp.extras):
        return stamp
    with Status() as status:
        if not (found and found.has_pip):
            rebuild(status)
        wanted = tuple(sorted(extras.union(stamp.extras)))
        install(wanted, status)
        found = look()
        if not (found and found.complete):
            raise Trouble(f"{VENV} does not work though all was installed: delete that folder and {AGAIN}")
    stamp = Stamp(digest(found.version), wanted)
    write_stamp(stamp)
    print(f"GradStudio is ready, after {status.seconds:.0f} s.", flush=True)
    return stamp


def digest(version: str) -> str:
    """A digest of all that decides what belongs into .venv: the project's declaration and the Python version."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + version.encode()).hexdigest()


def read_stamp() -> Stamp:
    """The stamp in .venv; an empty one where there is none or it is damaged."""
    try:
        fields = json.loads(STAMP.read_text(encoding="utf-8"))
        return Stamp(str(fields["digest"]), tuple(fields["extras"]), tuple(fields["platforms"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Stamp()


def write_stamp(stamp: Stamp) -> None:
    """Notes a success, for the next start to be immediate."""
    STAMP.write_text(json.dumps(stamp._asdict()), encoding="utf-8")


def look() -> Found | None:
    """What .venv holds; None where there is none or its Python does not run."""
    command = [str(PYTHON), "-I", "-c", PROBE]
    try:
        done = subprocess.run(command, env=clean(), capture_output=True, text=True, timeout=60, check=True)
        version, package, pip, *modules = done.stdout.splitlines()
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    ours = Path(package).resolve() == ROOT / "gradstudio" / "__init__.py"
    return Found(version, pip != "-", ours and "-" not in modules)


def clean(**changes: str) -> dict[str, str]:
    """The environment without what would lead .venv's Python and pip astray, and with these changes."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    return {**kept, "PIP_USER": "0", **changes}


def rebuild(status: Status) -> None:
    """Makes .venv anew, in the place of whatever is there."""
    there = os.path.lexists(VENV)
    status.stage("making .venv anew, the old one does not work" if there else "making .venv, on the first start only")
    try:
        if VENV.is_dir() and not VENV.is_symlink():
            shutil.rmtree(VENV)
        elif there:
            VENV.unlink()
    except OSError as error:
        raise Trouble(f"{VENV} is broken and can't be removed ({error.strerror}): delete it and {AGAIN}") from None
    base = getattr(sys, "_base_executable", sys.executable)  # we may run in the very .venv that was just removed
    code, output = follow([base, "-m", "venv", str(VENV)], lambda _line: None)
    if code:
        raise Trouble(explain(output))


def install(extras: Sequence[str], status: Status) -> None:
    """Installs the checkout, editable, with what it depends on and these extras."""
    status.stage("installing GradStudio into .venv")
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    target = f".[{','.join(extras)}]" if extras else "."
    code, output = follow([*pip, "--editable", target], lambda line: tell(line, status))
    LOG.write_text(output, encoding="utf-8")
    if code:
        raise Trouble(explain(output))


def follow(command: Sequence[str], each: Callable[[str], None]) -> tuple[int, str]:
    """Runs a command in the checkout, hands each of its lines over; returns its exit code and output."""
    with subprocess.Popen(
        command, cwd=ROOT, env=clean(), text=True, encoding="utf-8", errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        lines = []
        try:
            for line in process.stdout or ():
                lines.append(line)
                each(line)
        except KeyboardInterrupt:
            process.terminate()
            raise
    return process.returncode, "".join(lines)


def tell(line: str, status: Status) -> None:
    """Shows what a line of pip's means to a person, where it means anything."""
    words = line.split() or [""]
    if words[0] == "Collecting":
        status.detail(f"looking for {re.split('[^A-Za-z0-9_.-]', words[1])[0]}")
    elif words[0] == "Downloading":
        size = re.search(r"\([\d.]+ [kMG]B\)", line)
        status.detail(f"downloading {words[1].split('-')[0]} {size[0] if size else ''}")
    elif line.startswith("Installing collected packages"):
        status.detail(f"unpacking {line.count(',') + 1} packages")
    elif line.startswith("WARNING: Retrying"):
        status.detail("the package index does not answer, trying again")


def explain(output: str) -> str:
    """The sentence for a failure that printed this: its cause and its remedy."""
    if shutil.disk_usage(ROOT).free < 100e6:
        output += "\nNo space left on device"  # ensurepip, for one, keeps that to itself
    for pattern, sentence in CAUSES.items():
        found = re.search(pattern, output)
        if found:
            version, machine = platform.python_version(), f"{platform.system()} {platform.machine()}"
            return sentence.format(again=AGAIN, root=ROOT, version=version, machine=machine, **found.groupdict())
    lines = output.strip().splitlines() or ["it failed without a word"]
    errors = [line for line in lines if line.lower().startswith("error")]
    return f"{(errors or lines)[-1]}; correct that ({LOG} may tell more) and {AGAIN}"


# --- what .venv is for ---------------------------------------------------------------------------------------------


def screen_platform() -> str | None:
    """The Qt platform of the screen there is, None where there is none or it does not answer."""
    asked = os.environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if asked:
        return None if asked in ("offscreen", "minimal") else asked
    if not sys.platform.startswith("linux"):
        return sys.platform
    if answers(wayland_address(os.environ.get("WAYLAND_DISPLAY", ""))):
        return "wayland"
    display = os.environ.get("DISPLAY", "")
    known = x_addresses(display)
    return "xcb" if display and (not known or any(answers(address) for address in known)) else None


def wayland_address(display: str) -> str:
    """Where the server of a Wayland display listens; empty without one."""
    return str(Path(os.environ.get("XDG_RUNTIME_DIR", ""), display)) if display else ""


def x_addresses(display: str) -> list[str | tuple[str, int]]:
    """Where the server of an X display may listen: sockets of the system, or host and port; none where unclear."""
    found = re.fullmatch(r"(?:tcp/)?(?P<host>.*?):(?P<number>\d+)(?:\.\d+)?", display)
    if not found:
        return []
    host, number = found["host"].strip("[]"), int(found["number"])
    if host in ("", "unix") or host.endswith("/unix"):
        return [f"\0/tmp/.X11-unix/X{number}", f"/tmp/.X11-unix/X{number}"]
    return [(host, 6000 + number)]


def answers(address: str | tuple[str, int]) -> bool:
    """Whether somebody listens there: what is left of a session that has ended names a screen that is gone."""
    try:
        if isinstance(address, tuple):
            socket.create_connection(address, timeout=2).close()
            return True
        with socket.socket(socket.AF_UNIX) as local:
            local.settimeout(2)
            local.connect(address)
            return bool(address)
    except (OSError, ValueError, OverflowError):
        return False


def check_libraries(stamp: Stamp, platform_name: str) -> None:
    """Says which system libraries Qt misses on its platform; once they were all there, they aren't looked for again."""
    if platform_name in stamp.platforms:
        return
    of_xcb = ("libxcb-", "libxkbcommon-x11")
    known = [name for name in PACKAGES if platform_name == "xcb" or not name.startswith(of_xcb)]
    code, output = follow([str(PYTHON), "-I", "-c", LIBRARIES, platform_name, *known], lambda _line: None)
    if code or output.strip():
        raise Trouble(libraries_sentence(output.split()) if ".so" in output else explain(output))
    write_stamp(stamp._replace(platforms=(*stamp.platforms, platform_name)))


def libraries_sentence(missing: Sequence[str]) -> str:
    """The sentence for missing shared libraries, with the command that installs them."""
    known = [PACKAGES[name] for name in missing if name in PACKAGES]
    apt, dnf = (" ".join(dict.fromkeys(packages)) for packages in zip(*known, strict=True)) if known else ("", "")
    sudo = "" if os.geteuid() == 0 else "sudo "
    commands = {"apt": f"{sudo}apt install {apt} (Debian, Ubuntu)", "dnf": f"{sudo}dnf install {dnf} (Fedora)"}
    fitting = [text for tool, text in commands.items() if shutil.which(tool)] or list(commands.values())
    remedy = " or ".join(fitting) if known else "your system's package manager"
    return f"Qt misses {', '.join(dict.fromkeys(missing))}: install them with {remedy}, and {AGAIN}"


def run_tests(arguments: Sequence[str]) -> int:
    """Hands over to pytest, offscreen, on two processes."""
    os.chdir(ROOT)
    shared = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]  # else files of few, long tests come last
    return hand_over(["pytest", *shared, *arguments], QT_QPA_PLATFORM="offscreen")


def open_studio(file: str | None, screen: str | None) -> int:
    """Hands over to the studio; where there is no screen, to its demonstration."""
    if screen:
        return hand_over(["gradstudio.app", *([file] if file else [])])
    if file:
        picture = f"{PYTHON} -m gradstudio.cli window {file} picture.png"
        raise Trouble(f"no screen is available here to open {file} on; for a picture of it: {picture}")
    print("GradStudio: no screen is available here, so the spiral example is trained without one.", flush=True)
    return hand_over(["gradstudio.cli", "demo", "--out", "gradstudio-demo"], QT_QPA_PLATFORM="offscreen")


def hand_over(module: Sequence[str], **changes: str) -> int:
    """Becomes a module run by .venv's Python; its exit code is ours."""
    command = [str(PYTHON), "-P", "-m", *module]
    if os.name == "posix":
        os.execve(command[0], command, clean(**changes))
    return subprocess.call(command, env=clean(**changes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
