"""How long a battery lasts at a power."""

from __future__ import annotations

from .devices import Battery

__all__ = ["days_of", "significant"]


def days_of(battery: Battery, power_uw: float) -> float:
    """Return how long a battery lasts at an average power."""
    return significant(battery.usable_energy_j / (power_uw * 1e-6) / 86400)


def significant(value: float) -> float:
    """Round to six significant digits: enough to compute with, and the same on every machine."""
    return float(f"{value:.6g}")
