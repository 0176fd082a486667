"""Marking (阅卷): scores, outcomes, corrections."""
