"""The S3 store against a server of moto's, over a socket: ranges, what is not there, and what
people are told when it is away."""

from __future__ import annotations

import io
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_hex
from typing import Any

import pytest
from flask import Flask

from tests.support.world import NOW
from training.core import files
from training.core.config import Config
from training.core.content_server import create_content_app
from training.core.db import db
from training.core.models import StoredFile

pytestmark = pytest.mark.slow

DATA = bytes(range(256)) * 8


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    boto3 = pytest.importorskip("boto3")
    # The server's one further dependency serves browsers of other origins: none here.
    monkeypatch.setitem(sys.modules, "flask_cors", types.SimpleNamespace(CORS=lambda app: app))
    moto = pytest.importorskip("moto.server")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    # All servers of one process share their buckets.
    running.bucket = f"files-{token_hex(4)}"
    running.endpoint = "http://{}:{}".format(*running.get_host_and_port())
    boto3.client("s3", endpoint_url=running.endpoint).create_bucket(Bucket=running.bucket)
    yield running
    running.stop()


@pytest.fixture
def store(server: Any) -> files.S3Storage:
    return files.S3Storage(server.bucket, server.endpoint)


def test_what_was_put_is_read_back_from_any_place(store: files.S3Storage) -> None:
    store.put("ab/1", io.BytesIO(DATA))
    with store.open("ab/1") as source:
        assert source.read() == DATA
    with store.open("ab/1", 2000) as source:
        assert source.read(8) == DATA[2000:2008]


def test_a_large_file_arrives_whole_in_several_parts(store: files.S3Storage) -> None:
    large = bytes(9 * 1024 * 1024) + b"end"
    store.put("ab/large", io.BytesIO(large))
    with store.open("ab/large", len(large) - 3) as source:
        assert source.read() == b"end"


def test_a_key_is_there_whole_or_not_at_all(store: files.S3Storage) -> None:
    store.put("ab/12", io.BytesIO(DATA))
    assert store.exists("ab/12")
    assert not store.exists("ab/1")
    with pytest.raises(FileNotFoundError):
        store.open("ab/1")


def test_keys_are_listed_and_deleting_twice_is_no_error(store: files.S3Storage) -> None:
    for key in ("ab/1", "cd/2"):
        store.put(key, io.BytesIO(DATA))
    assert list(store.keys()) == ["ab/1", "cd/2"]
    store.delete("ab/1")
    store.delete("ab/1")
    assert list(store.keys()) == ["cd/2"]


@contextmanager
def _site_on(app: Flask, settings: Config, server: Any) -> Iterator[Any]:
    """The site and its content origin over the object store."""
    s3 = replace(settings, s3_bucket=server.bucket, s3_endpoint=server.endpoint)
    content = create_content_app(s3)
    before, app.extensions["academy.storage"] = (
        app.extensions["academy.storage"],
        files.make_storage(s3),
    )
    try:
        yield content.test_client()
    finally:
        app.extensions["academy.storage"] = before
        with content.app_context():
            db.session.remove()
            db.engine.dispose()


def _stored() -> StoredFile:
    db.session.connection(execution_options={"write": True})
    record = files.keep(DATA, name="课.mp4", media_type="video/mp4", purpose="lesson", now=NOW)
    db.session.commit()
    return record


def _path(record: StoredFile) -> str:
    return "/f/" + files.link(record).rsplit("/f/", 1)[1]


def test_a_player_gets_the_range_it_asks_for(app: Flask, settings: Config, server: Any) -> None:
    with _site_on(app, settings, server) as content:
        record = _stored()
        assert files.read(record) == DATA
        part = content.get(_path(record), headers={"Range": "bytes=500-509"})
        assert (part.status_code, part.data) == (206, DATA[500:510])
        assert part.headers["Content-Range"] == f"bytes 500-509/{len(DATA)}"
        assert content.get(_path(record)).data == DATA


def test_an_object_that_is_gone_is_a_link_that_has_expired(
    app: Flask, settings: Config, server: Any
) -> None:
    with _site_on(app, settings, server) as content:
        record = _stored()
        files.storage().delete(record.key)
        gone = content.get(_path(record))
        assert gone.status_code == 404
        assert "链接已失效" in gone.text


def test_a_store_that_is_away_is_said_and_the_site_is_not_ready(
    app: Flask, settings: Config, server: Any
) -> None:
    with _site_on(app, settings, server) as content:
        record = _stored()
        server.stop()
        away = content.get(_path(record))
        assert (away.status_code, away.headers["Retry-After"]) == (503, "10")
        ready = app.test_client().get("/readyz")
        assert (ready.status_code, ready.get_json()["checks"]["files"]) == (503, False)
        assert app.test_client().get("/healthz").status_code == 200
