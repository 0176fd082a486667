"""An order from a stored seed, the same for ever: no library's random generator is involved.

Each item is ranked by a SHA-256 over the seed, a purpose and the item itself, so the order
depends neither on how the items come in nor on the Python version, and can be recomputed
from the record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def shuffled(seed: str, purpose: str, items: Iterable[str]) -> tuple[str, ...]:
    """The items in the order that ``seed`` gives for ``purpose``; doubles stay doubles."""

    def rank(item: str) -> tuple[bytes, str]:
        # Lengths in front keep ("ab", "c") and ("a", "bc") apart.
        text = "".join(f"{len(part)}:{part}" for part in (seed, purpose, item))
        return hashlib.sha256(text.encode()).digest(), item

    return tuple(sorted(items, key=rank))
