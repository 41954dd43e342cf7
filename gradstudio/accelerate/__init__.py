"""The engine quicker, where numba is installed: runs of numpy calls made in one, to the same bits.

`accelerated` is for whoever starts a program. Nothing of the house depends on this package: it plugs itself into
`engine.acceleration`.
"""

from gradstudio.accelerate.switch import accelerated, is_available, switch_off, switch_on

__all__ = ["accelerated", "is_available", "switch_off", "switch_on"]
