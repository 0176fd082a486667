"""Address ranges of exam halls, as they are registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_


@dataclass(frozen=True, slots=True)
class Hall:
    """A registered range, in force on the days from ``start`` to ``end``, both included."""

    cidr: str
    start: date
    end: date


def read_range(raw: str, shortest: Mapping[str, int]) -> str | Verdict:
    """A range in its canonical form (``10.1.2.0/24``; a single address becomes /32), or why
    not. ``shortest`` is the value of ``security.hall``: the shortest prefix per version.
    Codes ``hall.form``, ``hall.host_bits``, ``hall.too_wide``.
    """
    text = raw.strip()
    try:
        network: IPv4Network | IPv6Network = ip_network(text, strict=False)
    except ValueError:
        return refuse("hall.form", N_("网段写法如 10.1.2.0/24，单个地址如 10.1.2.3"))
    if "/" in text and ip_address(text.split("/")[0]) != network.network_address:
        return refuse("hall.host_bits", N_("网段应从 %(first)s 开始，请核对"), first=str(network))
    least = shortest[f"ipv{network.version}"]
    if network.prefixlen < least:
        return refuse(
            "hall.too_wide",
            N_("网段过大，前缀不能小于 /%(least)s，请按考场分别登记"),
            basis="security.hall",
            least=least,
        )
    return str(network)


def judge_period(start: date, end: date, today: date, days: int) -> Verdict:
    """May a range be registered from ``start`` to ``end``? Codes ``hall.order``,
    ``hall.past``, ``hall.too_long`` (more than ``days``, of ``security.hall``)."""
    if end < start:
        return refuse("hall.order", N_("截止日期不能早于开始日期"))
    if end < today:
        return refuse("hall.past", N_("截止日期已经过去"))
    if end - start >= timedelta(days=days):
        return refuse("hall.too_long", N_("一次最多登记 %(n)s 天"), basis="security.hall", n=days)
    return ALLOWED


def is_hall(address: str, halls: list[Hall], on: date) -> bool:
    """Does the address lie in a range that is in force?"""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return any(found in ip_network(h.cidr) for h in halls if h.start <= on <= h.end)
