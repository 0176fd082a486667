"""Typed configuration from the environment.

The site refuses to start on an invalid value, and in production on an insecure one,
naming every variable at fault at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Environment = Literal["development", "testing", "production"]


class ConfigError(Exception):
    """One or more variables are invalid; ``problems`` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Config:
    """All that the environment decides. Times are seconds, sizes are bytes."""

    env: Environment
    root: Path
    var: Path
    database_url: str
    secret_key: str
    keyring: Path
    base_url: str
    host: str
    port: int
    content_port: int
    content_origin: str
    redis_url: str
    s3_bucket: str
    s3_endpoint: str
    demo: bool
    site_name: str
    workers: int
    threads: int
    trusted_proxies: int
    trusted_hosts: tuple[str, ...]
    log_level: str
    max_upload: int
    max_film: int

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def files_origin(self) -> str:
        """Where uploaded content is served: ``CONTENT_ORIGIN``, else our host's content port."""
        base = urlsplit(self.base_url)
        return self.content_origin or f"{base.scheme}://{base.hostname}:{self.content_port}"

    @property
    def secure_cookies(self) -> bool:
        """Over plain http a ``__Host-`` cookie cannot be set, so development does without."""
        return urlsplit(self.base_url).scheme == "https"


_DEVELOPMENT_KEY = "development-only-" + "0" * 24
_LEAST_CHARACTERS = 10
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


def load(environ: Mapping[str, str] | None = None, root: Path | None = None) -> Config:
    """Read the configuration. Raises ``ConfigError`` naming every bad variable."""
    env = dict(os.environ if environ is None else environ)
    root = root or Path(__file__).resolve().parents[2]
    problems: list[str] = []

    def text(name: str, default: str = "") -> str:
        return env.get(name, default).strip()

    def number(name: str, default: int, low: int, high: int) -> int:
        raw = text(name, str(default))
        if not raw.lstrip("-").isdigit() or not low <= int(raw) <= high:
            problems.append(f"{name}={raw!r}: a whole number from {low} to {high} is wanted")
            return default
        return int(raw)

    def flag(name: str, default: bool) -> bool:
        raw = text(name, "1" if default else "0").lower()
        if raw not in _TRUE | _FALSE:
            problems.append(f"{name}={raw!r}: 1 or 0 is wanted")
        return raw in _TRUE

    name = text("ACADEMY_ENV", "development")
    if name not in ("development", "testing", "production"):
        problems.append(f"ACADEMY_ENV={name!r}: development, testing or production is wanted")
        name = "production"
    production = name == "production"
    var = Path(text("ACADEMY_VAR") or root / "var")
    port = number("PORT", 8000, 1, 65535)
    content_port = number("CONTENT_PORT", port + 1 if port < 65535 else port - 1, 1, 65535)
    database_url = text("DATABASE_URL") or f"sqlite:///{(var / 'academy.db').resolve()}"
    if database_url.startswith(("postgres://", "postgresql://")):
        database_url = "postgresql+psycopg://" + database_url.split("://", 1)[1]
    if not database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        problems.append("DATABASE_URL: sqlite:///… or postgresql://… is wanted")
    base_url = text("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
    if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname:
        problems.append(f"BASE_URL={base_url!r}: a whole address such as https://… is wanted")
    content_origin = text("CONTENT_ORIGIN").rstrip("/")
    demo = flag("ACADEMY_DEMO", not production)
    secret = text("SECRET_KEY")
    hosts = tuple(h.strip().lower() for h in text("TRUSTED_HOSTS").split(",") if h.strip())
    if any("*" in h or h.startswith(".") or "/" in h for h in hosts):
        problems.append("TRUSTED_HOSTS: whole host names are wanted, separated by commas")
    if production:
        if len(secret) < 32 or len(set(secret)) < _LEAST_CHARACTERS or secret == _DEVELOPMENT_KEY:
            problems.append("SECRET_KEY: production wants at least 32 random characters")
        if text("FLASK_DEBUG").lower() not in _FALSE:
            problems.append("FLASK_DEBUG: production refuses debug mode")
        if urlsplit(base_url).scheme != "https":
            problems.append("BASE_URL: production wants https://")
        files, pages = urlsplit(content_origin), urlsplit(base_url)
        if files.scheme != "https" or files.hostname == pages.hostname:
            problems.append(
                "CONTENT_ORIGIN: production wants https:// on another host than BASE_URL"
            )
        if demo:
            problems.append("ACADEMY_DEMO: production refuses demo mode")
        if not text("ACADEMY_KEYRING"):
            problems.append("ACADEMY_KEYRING: production wants the path of a key file kept apart")
    s3_bucket = text("S3_BUCKET")
    if text("S3_ENDPOINT") and not s3_bucket:
        problems.append("S3_ENDPOINT is set but S3_BUCKET is not")
    level = text("LOG_LEVEL", "INFO").upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        problems.append(f"LOG_LEVEL={level!r}: DEBUG, INFO, WARNING or ERROR is wanted")
    config = Config(
        env=name,  # type: ignore[arg-type]
        root=root,
        var=var,
        database_url=database_url,
        secret_key=secret or _DEVELOPMENT_KEY,
        keyring=Path(text("ACADEMY_KEYRING") or var / "keys" / "keyring.json"),
        base_url=base_url,
        host=text("HOST", "127.0.0.1"),
        port=port,
        content_port=content_port,
        content_origin=content_origin,
        redis_url=text("REDIS_URL"),
        s3_bucket=s3_bucket,
        s3_endpoint=text("S3_ENDPOINT"),
        demo=demo,
        site_name=text("SITE_NAME", "调解员学院"),
        workers=number("WEB_WORKERS", 2, 1, 64),
        threads=number("WEB_THREADS", 4, 1, 64),
        trusted_proxies=number("TRUSTED_PROXIES", 0, 0, 8),
        trusted_hosts=(urlsplit(base_url).hostname or "", "localhost", "127.0.0.1", *hosts)
        if production
        else (),
        log_level=level,
        max_upload=number("MAX_UPLOAD_MB", 64, 1, 4096) * 1024 * 1024,
        max_film=number("MAX_FILM_MB", 2048, 1, 8192) * 1024 * 1024,
    )
    if problems:
        raise ConfigError(problems)
    return config
