"""The app factory: configuration in, a Flask app out."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from training.core import (
    access,
    clock,
    config,
    crypto,
    errorpages,
    files,
    incoming,
    logs,
    names,
    web,
)
from training.core.db import init_db
from training.core.headers import init_headers
from training.core.i18n import init_i18n
from training.core.limits import init_limits
from training.core.rules.permission import PermissionTable
from training.core.static_files import init_static
from training.people.accounts_queries import names_by_ref
from training.people.sessions import init_sessions

from . import display
from .rooms import parts
from .schema import init_migrations

csrf = CSRFProtect()


def permission_table() -> PermissionTable:
    """The rows of all rooms. Raises ``ValueError`` when one is declared twice."""
    return PermissionTable(
        line for module in parts("rules.permissions") for line in module.PERMISSIONS
    )


def load_keys(settings: config.Config) -> crypto.Keyring:
    """The keyring; made on first use in development, never in production."""
    if not settings.keyring.exists() and not settings.production:
        crypto.Keyring.generate().write(settings.keyring)
    try:
        return crypto.Keyring.read(settings.keyring)
    except (OSError, ValueError) as error:
        raise config.ConfigError(
            [f"ACADEMY_KEYRING: {settings.keyring} cannot be read ({error})"]
        ) from error


def create_app(settings: config.Config | None = None) -> Flask:
    """Build the site. Raises ``ConfigError`` naming every variable at fault."""
    settings = settings or config.load()
    logs.configure(settings.log_level, console=settings.env == "development")
    app = Flask("training.site", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-flow" if settings.secure_cookies else "flow",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=settings.max_upload,
        MAX_FILM_LENGTH=settings.max_film,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        CONTENT_ORIGIN=settings.files_origin,
        TRUSTED_PROXIES=settings.trusted_proxies,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        TESTING=settings.env == "testing",
        DEMO=settings.demo,
        SITE_NAME=settings.site_name,
        BASE_URL=settings.base_url,
    )
    app.request_class = incoming.Request
    app.extensions["academy.config"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    clock.allow_offset(None if settings.production else settings.var / "clock-offset")
    crypto.use(load_keys(settings))
    init_db(app, settings.database_url)
    init_migrations(app, settings)
    parts("models")
    access.install(permission_table())
    names.install(names_by_ref)
    app.extensions["academy.storage"] = files.make_storage(settings)
    init_sessions(app)
    init_limits(app, settings)
    init_i18n(app, settings.root)
    web.init_web(app)
    csrf.init_app(app)
    web.init_clicks(app)
    init_headers(app)
    init_static(app)
    errorpages.init_errors(app)
    display.init_display(app)
    parts("jobs")
    parts("documents")
    for module in parts("views"):
        app.register_blueprint(module.room)
    for view in app.view_functions.values():
        # Only a browser's own reports: they carry no token, and change nothing.
        if getattr(view, "tokenless", False):
            csrf.exempt(view)
    return app
