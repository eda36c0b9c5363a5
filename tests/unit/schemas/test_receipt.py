from typing import Any

import pytest

from schemas.receipt import ASSURANCES, Receipt, ReceiptRefused, Scale, is_plain, is_uri, receipt

LEAST = {
    "iss": "https://tests.example",
    "jti": "1",
    "iat": 1_795_000_000,
    "aud": "did:web:assay.example:o:north",
    "sub": "mailto:ada@example.org",
    "assessment": "urn:example:test",
}
MOST = {
    "version": "1",
    "score": 7,
    "scale": {"min": 0, "max": 10},
    "error": 0.5,
    "cut": 6,
    "level": "pass",
    "evidenceDigest": "sha256-" + "0" * 64,
    "assurance": "confirmed",
    "permittedAids": "Pen and paper.",
    "completedAt": "2026-11-20T16:04:05+01:00",
}


def test_what_is_left_away_is_unstated() -> None:
    found = receipt(LEAST)
    assert found.unstated == tuple(MOST)
    assert (found.sure, found.completed) == ("unstated", None)
    for name, value in MOST.items():
        beside = {"scale": MOST["scale"]} if name in {"score", "cut"} else {}
        assert receipt({**LEAST, **beside, name: value}).unstated == tuple(
            one for one in MOST if one != name and one not in beside
        )


def test_what_is_stated_is_read() -> None:
    found = receipt({**LEAST, **MOST, "aud": ["a", "b"], "name": "Ada"})
    assert found.unstated == ()
    assert found.sure == "confirmed"
    assert found.completed is not None
    assert found.completed.isoformat() == "2026-11-20T15:04:05+00:00"
    assert found.scale == Scale(0, 10)
    assert isinstance(found, Receipt)


@pytest.mark.parametrize(
    ("code", "changed", "said"),
    [
        ("malformed", {"iss": "no uri"}, "iss must be an absolute URI."),
        ("malformed", {"assessment": "x" * 600}, "assessment must be an absolute URI."),
        ("malformed", {"version": "<b>"}, "version must be plain words"),
        ("malformed", {"level": "a\nb"}, "level must be plain words"),
        ("malformed", {"permittedAids": "http://x"}, "permittedAids must be plain words"),
        ("malformed", {"completedAt": "2026-11-20"}, "completedAt is not a date and time"),
        ("malformed", {"completedAt": ""}, "completedAt is not a date and time"),
        ("malformed", {"error": 0}, "The error must be more than 0."),
        ("malformed", {"error": float("inf")}, "beyond what can be counted"),
        ("malformed", {"scale": {"min": 1, "max": 1}, "score": None, "cut": None}, "min must be less"),
        ("malformed", {"nbf": 1}, "nbf is not known here."),
        ("malformed", {"version": ""}, "version must not be empty."),
        ("score", {"scale": None, "cut": None}, "but not the scale"),
        ("score", {"score": 11}, "The score is outside the scale from 0 to 10."),
        ("cut", {"cut": -1}, "The cut is outside the scale from 0 to 10."),
    ],
)
def test_what_is_refused(code: str, changed: dict[str, Any], said: str) -> None:
    members = {name: value for name, value in {**LEAST, **MOST, **changed}.items() if value is not None}
    with pytest.raises(ReceiptRefused) as caught:
        receipt(members)
    assert caught.value.code == f"receipt.{code}"
    assert said in caught.value.detail
    assert str(caught.value) == f"receipt.{code}: {caught.value.detail}"


@pytest.mark.parametrize("members", [None, [], "x", 7, {}])
def test_what_is_no_object_of_these_members(members: object) -> None:
    with pytest.raises(ReceiptRefused, match=r"receipt\.malformed"):
        receipt(members)


def test_words_and_addresses() -> None:
    assert is_plain("Zoë “calculator”, 50 % & more_")
    assert not any(map(is_plain, ("a\u2066b", "a\x00", "[a]", "`a`", "a\\b", "a\u2028b", "\ue000")))
    assert all(map(is_uri, ("https://a.example/b?c#d", "urn:uuid:1")))
    assert not any(map(is_uri, ("", "a", "https:// a", "https://a>", "1a:b", "a:b\n")))
    assert ASSURANCES[0] == "unstated"
