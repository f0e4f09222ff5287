"""The nearest sample in ℓ1, ℓ∞ and other ℓp, exactly or by piecewise-linear powers (theorem T7)."""
