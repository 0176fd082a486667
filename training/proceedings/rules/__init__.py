"""Pure rules of fair procedure; no decision is taken without them."""
