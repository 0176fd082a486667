"""Files outside the web root, under random names; local disk by default, S3 by configuration."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, Protocol, cast

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from .config import Config
from .db import db
from .models import StoredFile

LINK_SECONDS = 300
# A player asks for the next range as long as somebody watches.
PLAYER_LINK_SECONDS = 6 * 3600
_UNFINISHED = "."


class Storage(Protocol):
    """Where bytes live. Keys are ours and random; nothing of a user's name is in them."""

    def put(self, key: str, source: IO[bytes]) -> None: ...
    def open(self, key: str, start: int = 0) -> IO[bytes]: ...
    def exists(self, key: str) -> bool: ...
    def delete(self, key: str) -> None: ...
    def keys(self) -> Iterator[str]: ...


def is_key(key: str) -> bool:
    """Could this be one of our keys? Nothing else becomes a path."""
    return key.replace("/", "").isalnum() and not key.startswith("/")


def _sync(folder: Path) -> None:
    """The folder's own entry must outlive a power cut, too: the row that names the file does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class LocalStorage:
    """One file per key below a folder; written beside its place and moved there whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        if not is_key(key):
            raise ValueError("not a storage key")
        return self.root / key

    def put(self, key: str, source: IO[bytes]) -> None:
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=_UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as out:
                while chunk := source.read(1 << 20):
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync(target.parent)
        _sync(self.root)

    def open(self, key: str, start: int = 0) -> IO[bytes]:
        source = self.path(key).open("rb")
        source.seek(start)
        return source

    def exists(self, key: str) -> bool:
        return self.path(key).is_file()

    def delete(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and not path.name.startswith(_UNFINISHED):
                yield path.relative_to(self.root).as_posix()


class S3Storage:
    """The same over an S3-compatible store (extra ``s3``)."""

    def __init__(self, bucket: str, endpoint: str = "") -> None:
        import boto3  # noqa: PLC0415 - an optional extra
        from botocore.config import Config as BotoConfig  # noqa: PLC0415

        settings = BotoConfig(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            connect_timeout=3,
            read_timeout=30,
            retries={"total_max_attempts": 3},
        )
        self._bucket = bucket
        self._client: Any = boto3.client("s3", endpoint_url=endpoint or None, config=settings)

    def put(self, key: str, source: IO[bytes]) -> None:
        self._client.upload_fileobj(source, self._bucket, key)

    def open(self, key: str, start: int = 0) -> IO[bytes]:
        """The stream itself: read once, from ``start`` on. Raises ``FileNotFoundError``."""
        part = {"Range": f"bytes={start}-"} if start else {}
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key, **part)["Body"]
        except self._client.exceptions.NoSuchKey as error:
            raise FileNotFoundError(key) from error
        return cast(IO[bytes], body)

    def exists(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=key)

    def keys(self) -> Iterator[str]:
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
            for item in page.get("Contents", ()):
                yield item["Key"]


def make_storage(settings: Config) -> Storage:
    """The store that the configuration names."""
    if settings.s3_bucket:
        return S3Storage(settings.s3_bucket, settings.s3_endpoint)
    return LocalStorage(settings.var / "files")


def storage() -> Storage:
    store: Storage = current_app.extensions["academy.storage"]
    return store


def digest(source: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and size; the stream is left at its start."""
    hasher, size = hashlib.sha256(), 0
    while chunk := source.read(1 << 20):
        hasher.update(chunk)
        size += len(chunk)
    source.seek(0)
    return hasher.hexdigest(), size


def keep(
    data: bytes | IO[bytes],
    *,
    name: str,
    media_type: str,
    purpose: str,
    now: datetime,
    org_id: int | None = None,
    person_id: int | None = None,
) -> StoredFile:
    """Store bytes and add their row to the current transaction.

    The bytes are written first: a transaction that fails leaves an orphan, never a row
    without its file.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    sha256, size = digest(stream)
    token = secrets.token_hex(16)
    key = f"{token[:2]}/{token}"
    storage().put(key, stream)
    record = StoredFile(
        key=key, sha256=sha256, size=size, media_type=media_type, name=name[:200],
        purpose=purpose, org_id=org_id, person_id=person_id, created_at=now,
    )  # fmt: skip
    db.session.add(record)
    return record


def read(record: StoredFile) -> bytes:
    """All bytes of a file. Raises ``ValueError`` when they are not those that were stored."""
    with storage().open(record.key) as source:
        data = source.read()
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise ValueError(f"file {record.public_id} was altered in the store")
    return data


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="content")


def link(record: StoredFile, *, download: bool = False) -> str:
    """A short-lived address of a file on the content origin; a film's lasts while it plays."""
    plays = record.media_type.startswith(("video/", "audio/")) and not download
    seconds = PLAYER_LINK_SECONDS if plays else LINK_SECONDS
    token = _signer().dumps([record.public_id, int(download), seconds])
    return f"{current_app.config['CONTENT_ORIGIN']}/f/{token}"


def read_link(token: str) -> tuple[str, bool] | None:
    """(public id, download?) of a link that is still good, else None."""
    try:
        (public_id, download, seconds), made = _signer().loads(token, return_timestamp=True)
    except (BadSignature, ValueError, TypeError):
        return None
    # The signer stamps real time, whatever a demonstration's clock shows.
    if datetime.now(UTC) > made + timedelta(seconds=seconds):
        return None
    return str(public_id), bool(download)
