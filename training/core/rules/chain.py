"""Hashes that make a record tamper-evident: canonical text, entry hashes, a chain over them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces, words left readable."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def link(previous: str, entry_hash: str, seq: int) -> str:
    """The hash of link ``seq`` over the one before it."""
    return hashlib.sha256(f"{previous}\n{entry_hash}\n{seq}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Link:
    seq: int
    entry_id: int
    entry_hash: str
    chain_hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at some time, exported and kept off the machine."""

    seq: int
    chain_hash: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction: ``code`` says which kind, ``seq`` or ``entry_id`` says where."""

    code: str
    seq: int = 0
    entry_id: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    findings: tuple[Finding, ...]
    sealed: int
    unsealed: tuple[int, ...]
    head: Head

    @property
    def sound(self) -> bool:
        return not self.findings


def examine(
    entries: Iterable[tuple[int, str, Mapping[str, Any]]],
    links: Iterable[Link],
    heads: Iterable[Head] = (),
) -> Report:
    """Check a whole log.

    ``entries`` are (id, stored hash, content); ``links`` come in order of ``seq``;
    ``heads`` are exported earlier. Found: an edited entry, a deleted entry, an edited,
    deleted or reordered link, a link that was made anew, a log cut off before a head.
    """
    findings: list[Finding] = []
    stored: dict[int, str] = {}
    for entry_id, entry_hash, content in entries:
        stored[entry_id] = entry_hash
        if digest(content) != entry_hash:
            findings.append(Finding("entry_edited", entry_id=entry_id))
    previous, expected, seen = GENESIS, 1, set[int]()
    hashes: dict[int, str] = {0: GENESIS}
    for item in links:
        if item.seq != expected:
            findings.append(Finding("link_missing", seq=expected))
        if item.entry_id in seen:
            findings.append(Finding("entry_linked_twice", seq=item.seq, entry_id=item.entry_id))
        seen.add(item.entry_id)
        if item.entry_id not in stored:
            findings.append(Finding("entry_deleted", seq=item.seq, entry_id=item.entry_id))
        elif stored[item.entry_id] != item.entry_hash:
            findings.append(Finding("entry_replaced", seq=item.seq, entry_id=item.entry_id))
        if link(previous, item.entry_hash, item.seq) != item.chain_hash:
            findings.append(Finding("chain_broken", seq=item.seq))
        previous = hashes[item.seq] = item.chain_hash
        expected = item.seq + 1
    for head in heads:
        if head.seq not in hashes:
            findings.append(Finding("truncated", seq=head.seq))
        elif hashes[head.seq] != head.chain_hash:
            findings.append(Finding("rewritten", seq=head.seq))
    tail = tuple(sorted(entry_id for entry_id in stored if entry_id not in seen))
    return Report(tuple(findings), expected - 1, tail, Head(expected - 1, previous))
