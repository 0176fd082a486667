"""Pure rules of papers: blueprint, draw, arrangement, eligibility."""
