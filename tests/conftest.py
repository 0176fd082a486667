"""Fixtures for all tests: a database of each engine, the app, signed-in clients, a cast."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import event
from sqlalchemy.pool import Pool

from tests.support.databases import Database, template_for
from tests.support.world import NOW, IsolatedClient, World, build_world, sign_in
from training.core.config import Config, load
from training.core.db import db
from training.core.limits import limiter
from training.people.models import Account

ROOT = Path(__file__).resolve().parent.parent

# How long an example takes says something about the machine, not about the rule.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# `make test-fast` is run at every turn: fewer examples there, all of them in `make test`.
hypothesis_settings.register_profile(
    "quick", hypothesis_settings.get_profile("house"), max_examples=15
)
hypothesis_settings.load_profile("house")


@event.listens_for(Pool, "connect")
def _spare_the_disk(connection: Any, _record: Any) -> None:
    """Tests need no commit to outlive a power cut: SQLite may leave the syncing out here."""
    if "sqlite" in type(connection).__module__:
        connection.execute("PRAGMA synchronous=OFF")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", default="sqlite", choices=("sqlite", "postgresql"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real input beside the repository; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("ACADEMY_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("shared/data is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--engine"))


@pytest.fixture(scope="session")
def database(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with template_for(engine, tmp_path_factory) as template:
        yield template


@pytest.fixture(scope="session")
def settings(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Config:
    environ = {
        "ACADEMY_ENV": "testing",
        "ACADEMY_VAR": str(tmp_path_factory.mktemp("var")),
        "DATABASE_URL": database.url,
        "SECRET_KEY": "t" * 40,
        "BASE_URL": "http://localhost",
        "LOG_LEVEL": "ERROR",
    }
    return load(environ, ROOT)


@pytest.fixture(scope="session")
def site(settings: Config, database: Database) -> Flask:
    """The app over a database that holds the schema, the seeds and the small world."""
    from training.people import passwords
    from training.site.app import create_app
    from training.site.schema import upgrade

    passwords.use_cheap_hashing()
    app = create_app(settings)
    app.test_client_class = IsolatedClient
    with time_machine.travel(NOW), app.app_context():
        upgrade()
        build_world()
        db.session.remove()
        db.engine.dispose()
    database.freeze()
    return app


@pytest.fixture
def app(site: Flask, database: Database) -> Iterator[Flask]:
    """A fresh copy of the world, in an application context, on the world's own day: no test
    may depend on the day it is run."""
    with time_machine.travel(NOW), site.app_context():
        db.engine.dispose()
        database.reset()
        limiter.reset()  # every test has the same minute: none may use up another's
        yield site
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def world(app: Flask) -> World:
    return World()


@pytest.fixture
def now() -> object:
    return NOW


@pytest.fixture
def browser_for(app: Flask) -> Callable[[Account], FlaskClient]:
    """A client that is signed in as an account."""
    return lambda account: sign_in(app, account)
