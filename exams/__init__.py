"""Question bank, papers, sittings, marking and item analysis."""
