from platformio.platform.base import PlatformBase


class Nordicnrf52Platform(PlatformBase):
    """Nothing of its own."""
