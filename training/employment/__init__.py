"""Employment: recruitment, appointment, renewal and exit."""
