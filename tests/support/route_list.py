"""All routes of the site, known before any fixture is made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from flask import Flask
from werkzeug.routing import Map, Rule


@dataclass(frozen=True)
class Route:
    endpoint: str
    method: str
    permission: str
    variables: tuple[str, ...]

    def url(self, app: Flask, values: dict[str, str]) -> str:
        with app.test_request_context():
            from flask import url_for

            return url_for(self.endpoint, **values)


class _Recorder:
    """Stands in for an app, so that a blueprint's routes can be listed without one."""

    def __init__(self) -> None:
        self.found: list[Route] = []

    def record(
        self, blueprint: str, rule: str, view: object, methods: list[str], endpoint: str
    ) -> None:
        parsed = Rule(rule, endpoint=endpoint)
        Map([parsed])
        for method in methods:
            self.found.append(
                Route(
                    f"{blueprint}.{endpoint}",
                    method,
                    getattr(view, "permission", ""),
                    tuple(sorted(parsed.arguments)),
                )
            )


@cache
def routes() -> list[Route]:
    """Every route of every room, one for each method."""
    from training.site.rooms import parts

    recorder = _Recorder()
    for module in parts("views"):
        for declared in module.room.declared:
            recorder.record(module.room.name, *declared)
    return sorted(recorder.found, key=lambda r: (r.endpoint, r.method))
