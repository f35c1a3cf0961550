from __future__ import annotations

from kabar.channels import CHANNELS
from kabar.channels.opening import OPENERS


def test_every_channel_that_a_wave_publishes_has_a_module() -> None:
    assert tuple(OPENERS) == CHANNELS
