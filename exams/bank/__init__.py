"""The question bank (题库)."""
