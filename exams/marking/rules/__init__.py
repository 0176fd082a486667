"""Pure rules of marking: points, reasons, outcome."""
