"""Paper: one form definition becomes an A4 PDF and an editable Word file, in the worker."""
