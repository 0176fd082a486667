"""What a request brings along: its size, where it waits, and fields that nobody asked for."""

from __future__ import annotations

from training.core import incoming


def test_a_grave_field_that_a_page_reads_is_no_smuggling():
    fields = incoming.Fields([("role", "hr"), ("note", "x"), ("standing", "left")])
    assert fields.get("role") == "hr"
    assert fields.smuggled() == ["standing"]


def test_reading_a_list_counts_as_reading():
    fields = incoming.Fields([("roles", "a"), ("roles", "b")])
    assert fields.getlist("roles") == ["a", "b"]
    assert fields.smuggled() == []


def test_what_is_only_walked_through_was_not_read():
    fields = incoming.Fields([("role", "admin")])
    assert list(fields.items(multi=True)) == [("role", "admin")]
    assert fields.smuggled() == ["role"]
