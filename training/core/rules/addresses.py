"""Network addresses as they are counted."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

_ONE_LINE = 64


def counted(address: str) -> str:
    """Whose attempts are counted together: an IPv4 address; of IPv6 the /64 that one line is
    given, since its owner may take any address of it.

    >>> counted("2001:db8:1:2:aaaa::1"), counted("::ffff:192.0.2.7"), counted("?")
    ('2001:db8:1:2::/64', '192.0.2.7', '?')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, _ONE_LINE), strict=False))
