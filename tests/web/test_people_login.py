"""Logging in, as a browser sees it."""

from __future__ import annotations

from tests.support.world import PASSWORD, post


def test_a_mediator_logs_in_and_goes_where_he_wanted(app, world):
    client = app.test_client()
    answer = post(client, "/login?next=/account", {"name": "a_mediator", "password": PASSWORD})
    assert answer.status_code == 303
    assert answer.location.endswith("/account")
    assert client.get("/account").status_code == 200
