"""How long papers take: a roster of 400, a form, a notice, 400 slips; as PDF and as Word.
Seconds are of the processor, so that other work on the machine counts for little.

.venv/bin/python benchmarks/documents.py
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support import papers
from training.core.documents.definition import Document


def timed(work: Callable[[], bytes]) -> tuple[float, int]:
    start = time.process_time()
    size = len(work())
    return time.process_time() - start, size


def main() -> None:
    start = time.process_time()
    from training.core.documents import renderers

    print(f"{'loading WeasyPrint':32}{time.process_time() - start:8.2f} s")
    cases: list[tuple[str, Document]] = [
        ("notice (first in the process)", papers.official()),
        ("notice", papers.official()),
        ("form", papers.register()),
        ("letter", papers.letter()),
        ("roster of 400 rows", papers.roster(400)),
        ("400 slips", papers.slips(400)),
    ]
    print(f"{'':32}{'PDF':>10}{'':12}{'Word':>10}")
    for name, paper in cases:
        drawn, drawn_size = timed(lambda p=paper: renderers.pdf(p))
        written, written_size = timed(lambda p=paper: renderers.word(p))
        print(
            f"{name:32}{drawn:8.2f} s{drawn_size // 1024:8} KB{written:10.2f} s{written_size // 1024:8} KB"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{'peak memory':32}{peak:8} MB")


if __name__ == "__main__":
    main()
