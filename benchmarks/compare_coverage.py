"""How often the intervals of `tussis compare` hold the truth, and how wide they are, on drawn counts.

People differ (gamma, mean and standard deviation 10 coughs per hour), nights of one person too (0.3 of the
mean), coughs come by threes, nights last 4 to 8 h. Run as ``python benchmarks/compare_coverage.py``.
"""

from __future__ import annotations

import math

import numpy as np

from tussis.selection.counting.detected_recording import DetectedRecording
from tussis.selection.counting.rate_comparison import Comparison, compare_rates
from tussis.selection.detector.inference import Event

RATE_PER_HOUR = 10.0
RATIO = 0.6
STUDIES = 400


def draw_study(rng: np.random.Generator, people: int, *, both: bool) -> Comparison:
    """Draw a study of two treatments, of which B has 0.6 of A's rate, and compare them."""
    made, condition_of = [], {}
    for person in range(people):
        own = rng.gamma(1.0, RATE_PER_HOUR)
        for condition in ("A", "B") if both else ("AB"[person % 2],):
            hours = float(rng.uniform(4.0, 8.0))
            mean = own * rng.gamma(1 / 0.09, 0.09) * hours * (RATIO if condition == "B" else 1.0)
            starts_s = np.sort(rng.uniform(0.0, hours * 3600.0, 3 * rng.poisson(mean / 3)))
            events = tuple(Event(at, at + 0.3, 1.0) for at in starts_s.tolist())
            name = f"{person}{condition}"
            made.append(DetectedRecording(name, f"s{person}", hours * 3600.0, events))
            condition_of[name] = condition
    return compare_rates(made, condition_of, by="treatment")


def main() -> None:
    """Print one line for each design."""
    rng = np.random.default_rng(1)
    print("design people ratio-covered rate-covered p<0.05 high/low-median none")
    for both, people in ((True, 6), (True, 12), (True, 24), (False, 12), (False, 24), (False, 48)):
        found = [draw_study(rng, people, both=both) for _ in range(STUDIES)]
        fitted = [one for one in found if one.ratios]
        ratios = [one.ratios[0] for one in fitted]
        rates = [one.conditions[0] for one in fitted]
        covered = np.mean([row.low <= RATIO <= row.high for row in ratios])
        rate_covered = np.mean([(row.low or 0) <= RATE_PER_HOUR <= (row.high or 0) for row in rates])
        width = math.exp(float(np.median([math.log(row.high / row.low) for row in ratios])))
        power = np.mean([row.p < 0.05 for row in ratios])
        design = "within" if both else "between"
        shares = f"{covered:.3f} {rate_covered:.3f} {power:.2f}"
        print(f"{design} {people} {shares} {width:.1f} {STUDIES - len(fitted)}", flush=True)


if __name__ == "__main__":
    main()
