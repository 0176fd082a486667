"""Rate limits in a Redis of the test's own: shared by processes, never opened by its loss."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from tests.support.world import PASSWORD, csrf
from training.core import limits
from training.core.config import Config
from training.core.limits import init_limits, limiter
from training.core.rules.addresses import counted
from training.people import auth

pytestmark = pytest.mark.slow


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Redis:
    """A server of the test's own, on a port of its own, without a file on the disk."""

    def __init__(self, binary: str, folder: Path) -> None:
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process = subprocess.Popen(
            [
                binary,
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                folder,
            ],
            stdout=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("redis-server did not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed")
    server = Redis(binary, tmp_path)
    server.wait()
    yield server
    server.stop()


def process(settings: Config, url: str) -> FlaskClient:
    """One of the site's processes: a page that may be asked for three times a minute."""
    app = Flask("process")
    init_limits(app, replace(settings, redis_url=url))

    @app.get("/")
    @limiter.limit("3/minute")
    def page() -> Response:
        return Response("ok")

    return app.test_client()


@pytest.fixture(autouse=True)
def _as_it_was(app: Flask, settings: Config) -> Iterator[None]:
    """The limiter is one object of the whole program: given back to the site afterwards."""
    yield
    # There is no public way back from "the storage is dead": it would go on counting beside
    # the storage that the next test finds empty.
    limiter._storage_dead = False
    limiter._in_memory_fallback_enabled = False
    init_limits(app, settings)
    limiter.reset()


def asked(client: FlaskClient, times: int) -> list[int]:
    return [client.get("/").status_code for _ in range(times)]


def test_two_processes_count_together(settings: Config, redis: Redis) -> None:
    assert asked(process(settings, redis.url), 2) == [200, 200]
    # Another process has a limiter of its own; what it shares with the first is Redis.
    assert asked(process(settings, redis.url), 3) == [200, 429, 429]


def test_when_redis_goes_each_process_goes_on_counting(settings: Config, redis: Redis) -> None:
    client = process(settings, redis.url)
    assert asked(client, 1) == [200]
    redis.stop()
    assert asked(client, 5)[-1] == 429


def test_a_redis_that_was_never_there_opens_nothing(settings: Config) -> None:
    client = process(settings, f"redis://127.0.0.1:{_free_port()}/0")
    assert asked(client, 5)[-1] == 429


def test_log_ins_stay_limited_without_redis(app, world, settings: Config) -> None:
    init_limits(app, replace(settings, redis_url=f"redis://127.0.0.1:{_free_port()}/0"))
    username = world.account("a_mediator").username
    client = app.test_client()

    def attempt(password: str) -> int:
        return client.post(
            "/login",
            data={"name": username, "password": password, "csrf_token": csrf(client)},
        ).status_code

    assert [attempt("wrong wrong wrong") for _ in range(5)] == [422] * 5
    assert attempt(PASSWORD) == 429


@pytest.mark.parametrize(
    ("address", "together"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_addresses_are_counted_by_line(address: str, together: str) -> None:
    assert counted(address) == together


def test_one_line_of_ipv6_is_one_guesser(app) -> None:
    assert auth.address_index("2001:db8::1") == auth.address_index("2001:db8::ffff")
    assert auth.address_index("2001:db8::1") != auth.address_index("2001:db8:0:1::1")


def test_the_public_look_ups_share_one_measure(app) -> None:
    assert limits.lookups() == "20/minute;300/day"
