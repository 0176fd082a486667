"""Pure rules of attempts: lifecycle, deadline, saving, steps, focus loss."""
