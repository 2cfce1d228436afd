"""Digests under the agency's key: steady, apart by purpose, and impossible without the key."""

from __future__ import annotations

import hashlib

import pytest

from metadata import keyed, wording
from metadata.errors import SetupError

KEY = "a key that is only for tests, of 44 characters"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(keyed.VARIABLE, KEY)
    return KEY


def test_a_digest_is_hmac_sha256_under_a_key_for_the_purpose() -> None:
    def hmac_by_hand(key: bytes, text: bytes) -> bytes:  # RFC 2104 §2, B = 64
        padded = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + text).digest()
        return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).digest()

    own = hmac_by_hand(KEY.encode(), "saphan:ทดสอบ".encode())
    assert keyed.digest("ก่อน", "ทดสอบ") == hmac_by_hand(own, "ก่อน".encode()).hex()


def test_the_same_text_has_the_same_digest_and_no_other_has() -> None:
    assert keyed.digest("1", "person") == keyed.digest("1", "person")
    texts = ("", "1", "1 ", "๑", "\udcff")
    made = {keyed.digest(text, purpose) for text in texts for purpose in ("", "person", "1")}
    assert len(made) == 15
    assert all(len(one) == 64 and set(one) <= set("0123456789abcdef") for one in made)


def test_another_key_gives_another_digest_and_white_space_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = keyed.digest("1", "person")
    monkeypatch.setenv(keyed.VARIABLE, f"{KEY}\r\n")
    assert keyed.digest("1", "person") == before
    monkeypatch.setenv(keyed.VARIABLE, KEY.upper())
    assert keyed.digest("1", "person") != before


@pytest.mark.parametrize(
    ("given", "kind"),
    [(None, "secret-key-missing"), ("  ", "secret-key-missing"), ("fifteen bytes..", "secret-key-short")],
)
def test_without_a_key_there_is_no_digest(monkeypatch: pytest.MonkeyPatch, given: str | None, kind: str) -> None:
    if given is None:
        monkeypatch.delenv(keyed.VARIABLE)
    else:
        monkeypatch.setenv(keyed.VARIABLE, given)
    for ask in (lambda: keyed.digest("1", "person"), keyed.ready):
        with pytest.raises(SetupError) as refused:
            ask()
        assert refused.value.kind == kind
        told = " ".join(wording.say(kind, refused.value.values, "en"))
        assert keyed.VARIABLE in told and "fifteen" not in told


def test_sixteen_bytes_are_enough_also_of_thai_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(keyed.VARIABLE, "กุญแจล")
    assert keyed.digest("1", "person")
