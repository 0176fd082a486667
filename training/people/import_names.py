"""The kinds of the import's jobs, known to those who order them and those who do them."""

from __future__ import annotations

READ_JOB = "people.import_read"
CHECK_JOB = "people.import_check"
APPLY_JOB = "people.import_apply"
SWEEP_JOB = "people.import_sweep"
