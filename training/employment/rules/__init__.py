"""Pure rules of employment; only here does a mediator's standing change."""
