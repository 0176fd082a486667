"""What a request brings along: how large it may be, where it is put meanwhile, which of its
fields somebody has asked for."""

from __future__ import annotations

import tempfile
import time
from typing import IO, Any, cast

import flask
from flask import Response, current_app
from werkzeug.datastructures import ImmutableMultiDict

from .config import Config

_IN_MEMORY = 512 * 1024
_PIECE = 1 << 16
_PATIENCE = 5.0
"""Seconds for which the rest of a refused body is thrown away."""

GRAVE_NAMES = frozenset(
    {
        "account",
        "account_id",
        "accepted_by",
        "actor",
        "admin",
        "approved_by",
        "by",
        "confirmed_by",
        "decided_by",
        "grants",
        "is_admin",
        "issued_by",
        "mediator_no",
        "org_path",
        "path",
        "permission",
        "permissions",
        "person_id",
        "privileged",
        "proposed_by",
        "public_id",
        "role",
        "roles",
        "scope",
        "standing",
        "superuser",
    }
)
"""Names by which somebody tries to be more than he is. No page asks for one that it does
not read; other surplus fields of a button change nothing."""


class Fields(ImmutableMultiDict[str, str]):
    """A form's fields; it remembers which of them were read."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__(mapping)
        self._read: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self._read.add(key)
        return super().__getitem__(key)

    def getlist(self, key: str, type: Any = None) -> list[Any]:
        self._read.add(key)
        return super().getlist(key, type)

    def smuggled(self) -> list[str]:
        """The grave names that the page was not asked to read."""
        return sorted((set(self) & GRAVE_NAMES) - self._read)


class Request(flask.Request):
    """Files wait on the site's own disk: the machine's temporary folder is often memory."""

    parameter_storage_class = Fields

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        settings: Config = current_app.extensions["academy.config"]
        folder = settings.var / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        # Closed with the request.
        stream = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+b", dir=str(folder))  # noqa: SIM115
        return cast(IO[bytes], stream)


def throw_away_rest(response: Response) -> None:
    """Answer first, then take in what is still on its way, for some seconds: a browser that is
    cut off while it sends shows its own error instead of our page."""
    stream = flask.request.environ["wsgi.input"]

    def take_in() -> None:
        until = time.monotonic() + _PATIENCE
        try:
            while time.monotonic() < until and stream.read(_PIECE):
                pass
        except OSError:
            return  # the browser has gone

    response.call_on_close(take_in)
