"""Pure rules of the question bank: questions, answer keys, import, review."""
