"""Switching the accelerator on and off: in the background, and only where it works."""

import logging
import subprocess
import sys
import threading
import time

import pytest

from gradstudio.accelerate import accelerated, is_available, proof, switch, switch_off, switch_on
from gradstudio.engine.acceleration import SOCKET


@pytest.fixture(autouse=True)
def switched_off():
    """No accelerator before and after each test."""
    assert current() is None
    yield
    switch_off()


def current():
    """The accelerator there is."""
    return SOCKET.accelerator


def names():
    """The threads there are."""
    return [thread.name for thread in threading.enumerate()]


def test_it_is_switched_on_and_off(machine):
    """On means that lines are shortened by it, off that they aren't."""
    assert switch_on()
    assert isinstance(current(), switch.Compiled)
    switch_off()
    assert current() is None


def test_it_is_loaded_in_the_background(machine):
    """A thread loads it, it is in use some time later, and nothing of it is left afterwards."""
    with accelerated():
        deadline = time.monotonic() + 120
        while current() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert current() is not None
    assert current() is None
    assert "gradstudio-accelerator" not in names()


def test_what_is_short_never_waits_for_it(machine):
    """What ends before the delay is over has loaded nothing, and doesn't wait for the rest of it."""
    with accelerated(delay=3600):
        assert "gradstudio-accelerator" in names()
    assert "gradstudio-accelerator" not in names()
    assert current() is None


def test_without_numba_nothing_is_different(monkeypatch):
    """No thread, no accelerator and no complaint."""
    monkeypatch.setattr(switch, "find_spec", lambda name: None)
    assert not is_available()
    assert not switch_on()
    with accelerated():
        assert "gradstudio-accelerator" not in names()
    assert current() is None


@pytest.mark.parametrize("module", ["gradstudio.accelerate", "gradstudio.cli.train", "gradstudio.engine.plan"])
def test_numba_is_not_imported_before_it_is_needed(module):
    """Importing the package, or what uses it, imports neither numba nor its compiler."""
    code = f"import {module}, sys; print([name for name in ('numba', 'llvmlite') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_machine_proves_itself(machine):
    """It gives numpy's bits for calls of every kind, before anybody uses it."""
    assert proof.is_right(machine)


def test_a_machine_that_is_wrong_is_not_used(machine):
    """A machine that does nothing is found out."""
    assert not proof.is_right(lambda address, length: None)


def test_a_proof_has_every_kind_of_instruction(machine):
    """All instructions there are occur in the proof, so that none is used without one."""
    seen = set()

    def spy(address, length):
        seen.update(instructions(address, length))
        machine(address, length)

    assert proof.is_right(spy)
    assert seen == set(range(10))


def instructions(address, length):
    """What the instructions at an address say is to be done, those within others included."""
    import ctypes

    from gradstudio.accelerate.instructions import GRID, TILES

    words = list((ctypes.c_int64 * length).from_address(address))
    at, found = 0, []
    while at < length:
        found.append(words[at])
        if words[at] == GRID:
            found.append(words[at + 3])
        if words[at] == TILES:
            row = at + 4
            while row < at + words[at + 1]:
                found.append(words[row])
                row += words[row + 1] + words[row + 2]
        at += words[at + 1]
    return found


def test_where_it_does_not_work_the_engine_goes_without(machine, monkeypatch, caplog):
    """A machine that fails its proof is told of in the log, as information, and not used."""
    monkeypatch.setattr(switch, "is_right", lambda machine: False)
    switch._load.cache_clear()
    try:
        with caplog.at_level(logging.INFO):
            assert not switch_on()
        assert "don't give the same bits" in caplog.text
    finally:
        switch._load.cache_clear()


@pytest.mark.slow
def test_it_works_where_nothing_can_be_kept(machine, tmp_path):
    """Without a folder to keep compiled code in, it is compiled each time."""
    code = (
        "import numba.core.caching as c\n"
        "c.CacheImpl._locator_classes = []\n"
        "from gradstudio.accelerate import switch_on\n"
        "print(switch_on())"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("True", "")
