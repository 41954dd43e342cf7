"""Who switches the accelerator on: the command line and the studio, for runs that take a while."""

from gradstudio.accelerate import switch_off, switch_on
from gradstudio.accelerate.switch import Compiled
from gradstudio.cli import networks
from gradstudio.cli import train as command
from gradstudio.cli.examples import find


def test_training_from_the_command_line_is_accelerated(machine, monkeypatch):
    """A run that lasts has its calls shortened, and comes out with the same bits and the same curve."""
    switch_on()  # loaded once, it is there at once
    switch_off()
    shortened = []
    real = Compiled.shorten

    def noted(self, calls):
        shortened.append(len(calls))
        return real(self, calls)

    def run():
        trainer = command.train(networks.read(find("spiral").path), 400).trainer
        return trainer.plan.parameters.tobytes(), [column.tobytes() for column in trainer.history().values()]

    monkeypatch.setattr(Compiled, "shorten", noted)
    monkeypatch.setattr(command, "LONG", 3600.0)
    plain = run()
    assert not shortened
    monkeypatch.setattr(command, "LONG", 0.0)
    assert run() == plain
    assert shortened
