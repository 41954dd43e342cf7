"""Data sets and how training walks through them. No Qt here."""
