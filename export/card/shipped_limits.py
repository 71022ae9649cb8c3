"""For whom the shipped detectors may fail, beyond what any detector file says about itself."""

from __future__ import annotations

__all__ = ["LIMITS"]

LIMITS = (
    "Its real coughs are induced, of adults with telephones. Children, whooping cough and coughs behind a"
    " mask are synthetic only.",
    "Half of the cough clips that it misses come by telephone, with 10 to 20 dB between cough and noise.",
    "Laughter and sneezing are what it takes for coughs most often; a throat is cleared too seldom in the"
    " clips to say.",
    "The coughs that teach the gate are synthetic, scaled to the chests of eight people. No figure of the"
    " gate is of coughs of a person with a device of yours: record a few and look at tussis evaluate.",
    "Everyday motion is that of 20 people at the waist and 18 lying still. Vehicles are synthetic.",
)
