"""Pure rules about people: their standing and what they are."""
