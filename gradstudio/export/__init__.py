"""Networks on their way out: as NumPy code. No Qt here."""
