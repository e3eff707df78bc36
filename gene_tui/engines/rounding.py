"""How far a float32 product can be from the true one.

A dot product of d float32 numbers, summed in any order, differs from the exact one by at most
γ_d · Σ|x_i||y_i| ≤ γ_d · |x||y| with γ_d = d·u / (1 − d·u), u = 2⁻²⁴ (Higham, Accuracy and
Stability of Numerical Algorithms, section 3.1). Engines search in float32 and widen every
threshold by this much before they decide in float64, so that no true hit is lost.
"""

from __future__ import annotations

UNIT_ROUNDOFF = 2.0**-24


def gamma(d: int) -> float:
    """Relative error bound of a float32 dot product of length d, with room for rounding the
    operands themselves from float64 (two more roundings) and for a scaled product."""
    steps = (d + 6) * UNIT_ROUNDOFF
    return steps / (1.0 - steps)
