"""The fine line work of a certificate, drawn by formula: a rosette behind the text and an
interlaced band between the two lines of the frame. Coordinates are millimetres on A4 across.
"""

from __future__ import annotations

import math
from functools import lru_cache

WIDTH, HEIGHT = 297, 210
_CENTRE = (148.5, 106.0)
_STEPS = 480


def _path(points: list[tuple[float, float]], *, closed: bool) -> str:
    head, *rest = (f"{x:.2f} {y:.2f}" for x, y in points)
    return f"M{head}L{'L'.join(rest)}{'Z' if closed else ''}"


# (mean radius, swell, waves on the way round, lines): an outer, a middle and an inner ring.
_RINGS = ((49.0, 8.0, 14, 14), (31.0, 9.0, 10, 14), (13.0, 8.0, 6, 10))
_OVAL = 1.55


def _turn(radius: float, swell: float, waves: int, shift: float) -> str:
    """One closed curve: an oval whose radius swells ``waves`` times on the way round, its
    waves leaning by half a wave so that neighbours cross."""
    points = []
    for i in range(_STEPS):
        angle = 2 * math.pi * i / _STEPS
        wave = math.sin(waves * angle + shift) * (0.72 + 0.28 * math.cos(2 * shift))
        lean = 0.055 * math.cos(waves * angle + 2 * shift)
        along = radius + swell * wave
        points.append(
            (
                _CENTRE[0] + _OVAL * along * math.cos(angle + lean),
                _CENTRE[1] + along * math.sin(angle + lean),
            )
        )
    return _path(points, closed=True)


@lru_cache(maxsize=1)
def rosette() -> tuple[str, ...]:
    """The curves of the ground, each turned a little against the one before."""
    return tuple(
        _turn(radius, swell, waves, 2 * math.pi * k / lines)
        for radius, swell, waves, lines in _RINGS
        for k in range(lines)
    )


def _edge(length: float, waves: int, shift: float) -> list[tuple[float, float]]:
    """A wave along one edge of the band: distance along it, distance from its middle."""
    count = waves * 16
    return [
        (length * i / count, math.sin(2 * math.pi * waves * i / count + shift))
        for i in range(count + 1)
    ]


@lru_cache(maxsize=1)
def band(inset: float = 11.4, height: float = 1.45, lines: int = 3) -> tuple[str, ...]:
    """Interlaced waves along the four edges, ``inset`` from the sheet's edge."""
    across, down = WIDTH - 2 * inset, HEIGHT - 2 * inset
    paths = []
    for k in range(lines):
        shift = 2 * math.pi * k / lines
        for side, (length, waves) in enumerate(((across, 62), (down, 42)) * 2):
            points = [
                _place(side, along, height * off, inset)
                for along, off in _edge(length, waves, shift)
            ]
            paths.append(_path(points, closed=False))
    return tuple(paths)


def _place(side: int, along: float, off: float, inset: float) -> tuple[float, float]:
    if side == 0:
        return inset + along, inset + off
    if side == 1:
        return WIDTH - inset + off, inset + along
    if side == 2:
        return WIDTH - inset - along, HEIGHT - inset + off
    return inset + off, HEIGHT - inset - along
