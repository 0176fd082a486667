"""The permanent number of a mediator (人员编号): given once, kept through every change of post.

Four digits of the city's region code (GB/T 2260), five of a serial, one check character
(ISO 7064 MOD 37,36): ``460100123A``. It is no certificate number and names no year, so that
nothing in it ever becomes untrue.
"""

from __future__ import annotations

import re

from training.core.rules import iso7064

_SERIAL_DIGITS = 5
_SHAPE = re.compile(rf"[0-9]{{{4 + _SERIAL_DIGITS}}}[0-9A-Z]")


def mediator_no(region_code: str, serial: int) -> str:
    """The number for a serial of a city; ``region_code`` is the city's, four digits or six.

    Raises ``ValueError`` for a region that is no code, and when the serials are used up.
    """
    city = region_code[:4]
    if not re.fullmatch(r"[0-9]{4}", city):
        raise ValueError("the city has no region code")
    if not 1 <= serial < 10**_SERIAL_DIGITS:
        raise ValueError("no serial is left")
    body = f"{city}{serial:0{_SERIAL_DIGITS}}"
    return body + iso7064.check_character(body)


def is_mediator_no(text: str) -> bool:
    """Is it of this form, with the right check character?"""
    return _SHAPE.fullmatch(text) is not None and iso7064.verify(text)
