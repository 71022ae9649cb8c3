"""What generated trees ask of a compiler's floats, as preprocessor lines: kept, or the build stops.

GCC shows each of its options by a macro. clang shows ``-ffast-math`` and ``-ffinite-math-only`` only; its
finer options (``-fno-signed-zeros`` or ``-fassociative-math`` alone) go unseen.
"""

from __future__ import annotations

__all__ = ["float_guard"]

_FORMAT = """
#if FLT_MANT_DIG != 24 || FLT_MAX_EXP != 128
#error "{name}: float must be IEEE single precision"
#endif
"""

_SUM = """\
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "{name}: float sums must be rounded to float; on x86 compile with -msse2 -mfpmath=sse"
#endif
"""

_OPTIONS = """\
#if {seen}
#error "{name}: compile without {options}: {reason}"
#endif
"""


def float_guard(name: str, *, sums: bool, signed_zero: bool, compares: bool) -> str:
    """Lines that stop the build where the compiler's floats would change a margin.

    Parameters
    ----------
    name
        Name of the function, for the message.
    sums
        Whether floats are summed: their order and rounding must be kept.
    signed_zero
        Whether -0.0 + 0.0 must give 0.0.
    compares
        Whether floats are compared: NaN must fail every comparison.

    Returns
    -------
    str
        Preprocessor lines; they need ``float.h``.
    """
    seen = ["defined(__FAST_MATH__)"] if sums or signed_zero or compares else []
    options, reasons = [], []
    if compares:
        seen.append("(defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)")
        options.append("-ffinite-math-only")
        reasons.append("NaN is a missing value")
    if sums:
        seen.append("defined(__ASSOCIATIVE_MATH__)")
        options.append("-fassociative-math")
        reasons.append("sums keep their order")
    if signed_zero:
        seen.append("defined(__NO_SIGNED_ZEROS__)")
        options.append("-fno-signed-zeros")
        reasons.append("-0.0 is not below 0.0")
    text = _FORMAT.format(name=name)
    if sums:
        text += _SUM.format(name=name)
    if seen:
        text += _OPTIONS.format(
            seen=" || ".join(seen),
            name=name,
            options=", ".join(["-ffast-math", *options]),
            reason=" and ".join(reasons),
        )
    return text
