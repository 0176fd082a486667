"""Sealed fields, blind indexes, signatures, and the file that holds the keys."""

from __future__ import annotations

import base64
import json
import secrets
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core import crypto
from training.core.crypto import Keyring, SealBroken

RING = Keyring.generate()
WHERE, ROW = "person.id_number", "a" * 24
NUMBER = "460100199001011234"


@given(st.text(max_size=200))
def test_what_is_sealed_opens_at_its_place(value):
    assert RING.open(WHERE, ROW, RING.seal(WHERE, ROW, value)) == value


def test_a_sealed_value_tells_nothing_and_is_never_the_same_twice():
    first, second = (RING.seal(WHERE, ROW, NUMBER) for _ in range(2))
    assert first != second
    assert NUMBER not in first


@pytest.mark.parametrize(
    ("where", "row"),
    [(WHERE, "b" * 24), ("person.phone", ROW), ("account.id_number", ROW)],
)
def test_a_value_moved_to_another_place_cannot_be_opened(where, row):
    with pytest.raises(SealBroken):
        RING.open(where, row, RING.seal(WHERE, ROW, NUMBER))


@given(st.data())
def test_a_changed_byte_is_noticed(data):
    version, key, body = RING.seal(WHERE, ROW, NUMBER).split(":")
    raw = bytearray(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    changed = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    with pytest.raises(SealBroken):
        RING.open(WHERE, ROW, f"{version}:{key}:{changed}")


@pytest.mark.parametrize("sealed", ["", "v1", "v1:k1:", "v1:k1:!!", "v2:k1:AAAA", "v1:k9:AAAA"])
def test_what_is_no_sealed_value_is_refused_as_such(sealed):
    with pytest.raises(SealBroken):
        RING.open(WHERE, ROW, sealed)


def test_after_rotation_old_values_open_and_new_ones_use_the_new_key():
    old = RING.seal(WHERE, ROW, NUMBER)
    rotated = Keyring(
        "k2", {**RING.field_keys, "k2": secrets.token_bytes(32)}, RING.index_key, RING.signing_key
    )
    new = rotated.seal(WHERE, ROW, NUMBER)
    assert new.startswith("v1:k2:")
    assert {rotated.open(WHERE, ROW, v) for v in (old, new)} == {NUMBER}
    with pytest.raises(SealBroken):
        RING.open(WHERE, ROW, new)
    assert rotated.blind(WHERE, NUMBER) == RING.blind(WHERE, NUMBER), "search goes on"


def test_equal_values_meet_in_the_index_only_within_one_column_and_ring():
    assert RING.blind(WHERE, NUMBER) == RING.blind(WHERE, NUMBER)
    others = {
        RING.blind("person.phone", NUMBER),
        RING.blind(WHERE, NUMBER[:-1]),
        Keyring.generate().blind(WHERE, NUMBER),
    }
    assert RING.blind(WHERE, NUMBER) not in others
    assert len(others) == 3


def test_a_signature_is_for_one_message_and_one_key():
    signature = RING.sign(b"head")
    assert crypto.verify(RING.public_key, b"head", signature)
    assert not crypto.verify(RING.public_key, b"heaf", signature)
    assert not crypto.verify(Keyring.generate().public_key, b"head", signature)
    assert not crypto.verify(RING.public_key, b"head", "nonsense")


def test_the_ring_is_written_for_its_owner_alone_and_never_overwritten(tmp_path):
    file = tmp_path / "keys" / "keyring.json"
    RING.write(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Keyring.read(file) == RING
    with pytest.raises(FileExistsError):
        Keyring.generate().write(file)
    assert Keyring.read(file) == RING


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"current": "k1"}', '{"field_keys": []}'])
def test_a_malformed_ring_is_not_read(tmp_path, text):
    file = tmp_path / "keyring.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"keyring|Expecting"):
        Keyring.read(file)


@pytest.mark.parametrize(
    "changed", [{"current": "k9"}, {"index_key": "AAAA"}, {"field_keys": {"k1": "AAAA"}}]
)
def test_a_ring_with_a_missing_or_short_key_is_not_read(tmp_path, changed):
    file = tmp_path / "keyring.json"
    RING.write(file)
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))
    with pytest.raises(ValueError, match="missing or short"):
        Keyring.read(file)
