"""Appraisal: monthly and annual, with what follows from a grade."""
