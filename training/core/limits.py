"""How often an address may ask: in memory, or in Redis where one is configured.

Where Redis does not answer, each process counts for itself, so that a limit never opens.
Who asks too often gets 429 ``SLOW_DOWN`` with ``Retry-After``. Log-ins are not counted here
but in the database (``people.auth``): they stay limited whatever becomes of Redis.
"""

from __future__ import annotations

from flask import Flask, Response, g
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from . import clock, orgs, policy
from .config import Config
from .rules.addresses import counted

_SECONDS = 1

limiter = Limiter(lambda: counted(get_remote_address()), default_limits=[], headers_enabled=True)


def init_limits(app: Flask, settings: Config) -> None:
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    if settings.redis_url:
        app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
        # A Redis that does not answer must not keep a page waiting.
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {
            "socket_connect_timeout": _SECONDS,
            "socket_timeout": _SECONDS,
        }
    limiter.init_app(app)


def lookups() -> str:
    """How many codes that lead nowhere an address may try, by policy ``security.verify``."""
    root = orgs.root()
    if root is None:
        raise LookupError("the house has no root organisation")
    allowed = policy.get("security.verify", root, clock.today()).value
    return f"{allowed['minute']}/minute;{allowed['day']}/day"


def count_miss() -> None:
    """This request's code led nowhere: it counts."""
    g.lookup_missed = True


def is_miss(response: Response) -> bool:
    return bool(g.get("lookup_missed"))
