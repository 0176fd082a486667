"""Pure rules of the roof."""
