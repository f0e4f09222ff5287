"""Feature maps: rows with a Lipschitz constant of 1 in ℓp that keep every opposite pair apart."""
