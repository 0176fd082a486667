"""How often an address may ask: in memory, or in Redis where one is configured.

Where Redis does not answer, each process counts for itself, so that a limit never opens.
Who asks too often gets 429 ``SLOW_DOWN`` with ``Retry-After``.
"""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from .config import Config

limiter = Limiter(get_remote_address, default_limits=[], headers_enabled=True)


def init_limits(app: Flask, settings: Config) -> None:
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = bool(settings.redis_url)
    limiter.init_app(app)
