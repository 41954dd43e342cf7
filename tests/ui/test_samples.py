"""One sample on the canvas: its bar, its keys, and the way back to the batch."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradstudio.ui.canvas.figures import value_text
from gradstudio.ui.samples import SampleBar, Samples
from tests.insight.test_boundary import XOR, typed
from tests.training.networks import spiral


def test_one_sample_by_keyboard_and_back(make_window, hand):
    """Ctrl+J asks for a sample by its number; the canvas shows its values alone, and Escape brings the batch back."""
    window = make_window("spiral")
    hands, studio = hand(window), window.studio
    node = studio.document.named("relu").id
    whole = studio.snapshot().values[node, "z"]
    hands.key(Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert window.sample_bar.isVisible()
    assert window.sample_bar.field.hasFocus()
    QTest.keyClicks(window.sample_bar.field, "17")
    QTest.keyClick(window.sample_bar.field, Qt.Key.Key_Return)
    hands.settle()
    assert window.samples.number == 16
    alone = studio.snapshot().values[node, "z"]
    assert alone.shape == (1, *whole.shape[1:])
    wire = studio.document.wires_out_of(node)[0].id
    assert window.canvas.readings.wire(wire).value == value_text(alone, "z")
    assert window.canvas.readings.wire(wire).shape == "1×100"
    assert window.sample_bar.words.text().startswith("of 300  ·  it is 0, the network says ")
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    hands.settle()
    assert not window.sample_bar.isVisible()
    assert studio.snapshot().values[node, "z"].norm == whole.norm


def test_a_sample_that_is_not_there_is_refused(studio, qtbot):
    """Asked for a sample beyond the data, it says so and the batch stays."""
    one = studio(typed(XOR, [[0.0], [1.0], [1.0], [0.0]]))
    samples = Samples(one)
    told: list[str] = []
    one.messageShown.connect(told.append)
    bar = SampleBar(samples)
    qtbot.addWidget(bar)
    samples.show(9)
    qtbot.waitUntil(lambda: samples.number is None)
    assert told == ["There is no sample 10: the data has 4."]
    assert not bar.isVisible()


def test_the_sample_follows_training(studio, qtbot):
    """While a sample is on the canvas and the network learns, what is shown is of the newest step."""
    one = studio(spiral(steps=30))
    samples = Samples(one)
    samples.show(3)
    one.train()
    qtbot.waitUntil(lambda: not one.running and not one.session.awaiting)
    assert samples.seen is not None
    assert samples.seen.step == 30
    assert one.snapshot().values is samples.seen.values
