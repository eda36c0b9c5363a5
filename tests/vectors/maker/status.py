"""Step 8: Bitstring Status List 1.0, its predecessor StatusList2021, and the 1EdTech Revocation List."""

import base64
from collections.abc import Iterator
from typing import Any

from tests.vectors.maker.bits import bits, encoded, gzip
from tests.vectors.maker.jose import OB_JWT
from tests.vectors.maker.keys import compact, key, segment
from tests.vectors.maker.world import (
    INDEX,
    ISSUER,
    STRANGER,
    Document,
    body,
    case,
    claims,
    genuine,
    valid,
    without,
)
from verifier.conformance.case import Case, Expect
from verifier.recorded import Body

BITSTRING = "status-bitstring"
LIST_2021 = "status-list-2021"
EDTECH = "status-1edtech"
RULE = "Bitstring Status List 1.0, section 3.2"
URL = ISSUER.list_url
OTHER_CONTEXT: dict[str, Any] = {"@context": ["https://issuer.example/context"]}
VALUES = [{"status": f"0x{value}", "message": f"value {value}"} for value in range(4)]


def unknown(reason: str) -> Expect:
    """The status cannot be told: never valid, never revoked."""
    return genuine("undetermined", "cannot_tell", reason)


def withdrawn(currency: str, reason: str) -> Expect:
    return genuine("invalid", currency, reason)


def cases() -> Iterator[Case]:
    yield from _values()
    yield from _entries()
    yield from _lists()
    yield from _encodings()
    yield from _signatures()
    yield from _list_2021()
    yield from _edtech()


def _case(
    name: str,
    title: str,
    expect: Expect,
    *,
    entry: Any = None,
    answer: Any = None,
    rule: str = RULE,
    **urls: Any,
) -> Case:
    """A badge with this entry, and what answers at the list's address."""
    document = ISSUER.badge(credentialStatus=ISSUER.entry() if entry is None else entry)
    network = ISSUER.network(status=answer, urls=urls.get("urls", {}))
    return case(
        name if "/" in name else f"{BITSTRING}/{name}",
        title,
        rule,
        OB_JWT.token(claims(document)),
        expect,
        network=network,
    )


def _values() -> Iterator[Case]:
    revoked, suspended = withdrawn("revoked", "status.revoked"), withdrawn("suspended", "status.suspended")
    yield _case("revoked", "The bit is set: withdrawn.", revoked, answer=ISSUER.status_token(INDEX))
    yield _case(
        "valid-neighbours",
        "The bits before and after are set, this one is not.",
        valid("status.clear"),
        answer=ISSUER.status_token(INDEX - 1, INDEX + 1),
    )
    mirrored = INDEX - INDEX % 8 + 7 - INDEX % 8
    yield _case(
        "valid-bit-order",
        "The bit that a reader of the wrong bit order would take is set.",
        valid("status.clear"),
        answer=ISSUER.status_token(mirrored),
    )
    for index in (0, 7, 8, 131_071):
        entry = ISSUER.entry(statusListIndex=str(index), id=f"{URL}#{index}")
        yield _case(
            f"revoked-index-{index}",
            f"The bit at {index} is set.",
            revoked,
            entry=entry,
            answer=ISSUER.status_token(index),
        )
    hold: dict[str, Any] = {"subject": {"statusPurpose": "suspension"}}
    yield _case(
        "suspended",
        "The bit is set in a list of suspensions.",
        suspended,
        entry=ISSUER.entry(statusPurpose="suspension"),
        answer=ISSUER.status_token(INDEX, **hold),
    )
    yield _case(
        "valid-suspension-clear",
        "The bit is clear in a list of suspensions.",
        valid("status.clear"),
        entry=ISSUER.entry(statusPurpose="suspension"),
        answer=ISSUER.status_token(**hold),
    )
    both: dict[str, Any] = {"subject": {"statusPurpose": ["suspension", "revocation"]}}
    yield _case(
        "revoked-several-purposes",
        "The list serves several purposes, this one among them.",
        revoked,
        answer=ISSUER.status_token(INDEX, **both),
    )
    wide = ISSUER.entry(statusPurpose="message", statusSize=2, statusMessage=VALUES)
    sized = {"statusPurpose": "message", "statusSize": 2}
    yield _case(
        "valid-message",
        "A message of two bits takes nothing away.",
        valid("status.message"),
        entry=wide,
        answer=ISSUER.status_token(
            subject={**sized, "encodedList": encoded(bits(INDEX, size=2, length=32_768))}
        ),
    )
    yield _case(
        "message-list-short",
        "With two bits an entry, the list has too few entries.",
        unknown("status.list_length"),
        entry=wide,
        answer=ISSUER.status_token(subject=sized),
    )
    yield _case(
        "message-other-size",
        "The list's entries have another size than the credential says.",
        unknown("status.list_invalid"),
        entry=wide,
        answer=ISSUER.status_token(
            subject={"statusPurpose": "message", "statusSize": 4, "encodedList": encoded(bits(length=65_536))}
        ),
    )


def _entries() -> Iterator[Case]:
    rule = "Bitstring Status List 1.0, section 2.1"
    malformed = genuine("invalid", "cannot_tell", "status.malformed", "shape.status")
    for label, index in (
        ("negative", "-1"),
        ("hexadecimal", "0x171A7"),
        ("leading-zero", "094567"),
        ("space", " 94567"),
        ("fraction", "94567.0"),
        ("empty", ""),
        ("digits", "٩٤٥٦٧"),
    ):
        yield _case(
            f"index-{label}",
            f"The index is not a base-10 number: {label}.",
            malformed,
            entry=ISSUER.entry(statusListIndex=index),
            rule=rule,
        )
    yield _case(
        "index-number",
        "The index is a JSON number, not a text.",
        malformed,
        entry=ISSUER.entry(statusListIndex=INDEX),
        rule=rule,
    )
    yield _case(
        "index-missing",
        "The entry has no index.",
        malformed,
        entry=ISSUER.entry(statusListIndex=...),
        rule=rule,
    )
    yield _case(
        "purpose-missing",
        "The entry has no purpose.",
        malformed,
        entry=ISSUER.entry(statusPurpose=...),
        rule=rule,
    )
    yield _case(
        "list-missing",
        "The entry names no list.",
        malformed,
        entry=ISSUER.entry(statusListCredential=...),
        rule=rule,
    )
    yield _case(
        "id-is-the-list",
        "The entry's id is its list's address.",
        malformed,
        entry=ISSUER.entry(id=URL),
        rule=rule,
    )
    yield _case(
        "purpose-unknown",
        "A purpose that could mean anything.",
        unknown("status.unsupported"),
        entry=ISSUER.entry(statusPurpose="https://issuer.example/purpose"),
        rule=rule,
    )
    for label, entry in (
        ("no-messages", ISSUER.entry(statusPurpose="message", statusSize=2)),
        ("few-messages", ISSUER.entry(statusPurpose="message", statusSize=2, statusMessage=VALUES[:3])),
        (
            "message-twice",
            ISSUER.entry(statusPurpose="message", statusSize=2, statusMessage=[*VALUES[:3], VALUES[0]]),
        ),
        ("size-zero", ISSUER.entry(statusSize=0)),
    ):
        yield _case(
            f"entry-{label}",
            f"Size and messages do not go together: {label}.",
            unknown("status.malformed"),
            entry=entry,
            rule=rule,
        )
    for kind in ("RevocationList2020Status", "CredentialStatusList2017", "SomethingNew"):
        yield _case(
            f"type-{kind.lower()}",
            f"A kind of status that this verifier does not read: {kind}.",
            unknown("status.unsupported"),
            entry=ISSUER.entry(type=kind),
        )
    yield _case(
        "index-beyond",
        "The index lies beyond the end of the list.",
        unknown("status.range"),
        entry=ISSUER.entry(statusListIndex="131072"),
    )
    yield _case(
        "index-far-beyond",
        "The index is far beyond any list.",
        unknown("status.range"),
        entry=ISSUER.entry(statusListIndex="9999999999"),
    )
    for label, url in (
        ("http", "http://issuer.example/status/1"),
        ("loopback", "https://127.0.0.1/status"),
        ("metadata", "http://169.254.169.254/latest"),
        ("file", "file:///etc/passwd"),
        ("private", "https://10.0.0.1/status"),
    ):
        yield _case(
            f"list-at-{label}",
            f"The list's address is one that no verifier may ask: {label}.",
            unknown("status.unreachable"),
            entry=ISSUER.entry(statusListCredential=url),
            urls={url: ISSUER.status_token()},
            rule="THREATS: SSRF",
        )


def _lists() -> Iterator[Case]:
    invalid, stale = unknown("status.list_invalid"), unknown("status.stale")
    yield _case(
        "unreachable",
        "The list does not answer: that is not the same as not withdrawn.",
        unknown("status.unreachable"),
        answer=...,
    )
    for status in (404, 410, 500, 302):
        yield _case(
            f"answer-{status}",
            f"The list's address answers {status}.",
            unknown("status.unreachable"),
            answer=body("", status=status),
        )
    for label, title, answer in (
        ("empty", "The list is empty.", body("")),
        ("page", "The list's address holds a web page.", body("<html></html>", "text/html")),
        ("unsigned", "The list is not signed.", body(ISSUER.status_list())),
        (
            "other-purpose",
            "The list is kept for another purpose.",
            ISSUER.status_token(subject={"statusPurpose": "suspension"}),
        ),
        (
            "other-address",
            "The list says that it belongs at another address.",
            ISSUER.status_token(id="https://issuer.example/o/demo/status/2"),
        ),
        ("other-issuer-says", "The list's issuer is another one.", ISSUER.status_token(issuer=STRANGER.did)),
        (
            "not-a-list-credential",
            "The credential is not of the list's type.",
            ISSUER.status_token(type=["VerifiableCredential"]),
        ),
        (
            "not-a-list",
            "The subject is not of the list's type.",
            ISSUER.status_token(subject={"type": "StatusList2021"}),
        ),
        ("no-subject", "The list has no subject.", ISSUER.status_token(credentialSubject=...)),
        (
            "no-encoded-list",
            "There is no encodedList.",
            ISSUER.status_token(
                credentialSubject={"type": "BitstringStatusList", "statusPurpose": "revocation"}
            ),
        ),
        (
            "to-come",
            "The list is dated in the future.",
            ISSUER.status_token(validFrom="2026-11-23T13:00:00Z"),
        ),
        ("time", "A time of the list is malformed.", ISSUER.status_token(validUntil="soon")),
        (
            "context",
            "The list is not a credential of the data model 2.0.",
            ISSUER.status_token(**OTHER_CONTEXT),
        ),
        (
            "badge-instead",
            "A genuine badge of the same issuer stands in place of the list.",
            body(OB_JWT.token(), "text/plain"),
        ),
    ):
        yield _case(f"list-{label}", title, invalid, answer=answer)
    yield _case(
        "list-expired",
        "The list has expired.",
        stale,
        answer=ISSUER.status_token(validUntil="2026-11-23T11:30:00Z"),
    )
    yield _case(
        "list-old-without-end",
        "The list names no end, and is two years old.",
        stale,
        answer=ISSUER.status_token(validUntil=..., validFrom="2024-11-23T11:00:00Z"),
    )
    yield _case(
        "valid-list-without-end",
        "The list names no end, and is a month old.",
        valid("status.clear"),
        answer=ISSUER.status_token(validUntil=..., validFrom="2026-10-23T11:00:00Z"),
    )
    yield _case(
        "valid-list-without-id",
        "The list does not name itself.",
        valid("status.clear"),
        answer=ISSUER.status_token(id=...),
    )


def _encodings() -> Iterator[Case]:
    rule = "Bitstring Status List 1.0, sections 2.2, 3.3 and 6"
    raw = gzip(bits())
    rows: tuple[tuple[str, str, Any, str], ...] = (
        (
            "short",
            "The list has fewer than 131,072 entries.",
            encoded(bits(length=16_383)),
            "status.list_length",
        ),
        (
            "tiny",
            "The list has eight entries: it singles its people out.",
            encoded(b"\0"),
            "status.list_length",
        ),
        ("no-multibase", "The list lacks its multibase prefix.", segment(raw), "status.list_invalid"),
        ("multibase-other", "The list is in another multibase.", "z" + segment(raw), "status.list_invalid"),
        ("multibase-padded", "The list is padded.", "u" + segment(raw) + "=", "status.list_invalid"),
        ("not-gzip", "The list is not compressed.", "u" + segment(bits()), "status.list_invalid"),
        ("truncated", "The compressed list is cut off.", "u" + segment(raw[:-4]), "status.list_invalid"),
        (
            "trailing",
            "Something follows the compressed list.",
            "u" + segment(raw + b"more"),
            "status.list_invalid",
        ),
        (
            "two-members",
            "Two compressed lists follow each other.",
            "u" + segment(raw + gzip(bits(INDEX))),
            "status.list_invalid",
        ),
        (
            "checksum",
            "The compressed list's checksum is wrong.",
            "u" + segment(raw[:-8] + b"\0\0\0\0" + raw[-4:]),
            "status.list_invalid",
        ),
        (
            "bomb",
            "The list inflates to sixteen million entries and more.",
            encoded(bits(length=2_097_153)),
            "status.list_invalid",
        ),
        ("number", "encodedList is a number.", 5, "status.list_invalid"),
        ("empty", "encodedList is empty.", "", "status.list_invalid"),
    )
    for label, title, text, reason in rows:
        yield _case(
            f"encoded-{label}",
            title,
            unknown(reason),
            answer=ISSUER.status_token(subject={"encodedList": text}),
            rule=rule,
        )


def _signatures() -> Iterator[Case]:
    rule = "Bitstring Status List 1.0, section 3.2, step 6"
    invalid = unknown("status.list_invalid")
    attacker = key("attacker")
    genuine_list = ISSUER.status_token().body or ""
    header, payload, _ = genuine_list.split(".")
    other = (ISSUER.status_token(INDEX).body or "").split(".")
    rows: tuple[tuple[str, str, Body], ...] = (
        (
            "other-key",
            "The list is signed by a key that the issuer does not list.",
            ISSUER.status_token(signer=attacker, header={"kid": attacker.thumbprint}),
        ),
        (
            "forged",
            "The list names the issuer's key; the attacker signed.",
            ISSUER.status_token(signer=attacker),
        ),
        (
            "jwk",
            "The attacker's key stands in the list's header.",
            ISSUER.status_token(signer=attacker, header={"jwk": attacker.jwk, "kid": attacker.thumbprint}),
        ),
        (
            "none",
            "The list is unsecured: alg is none.",
            body(f"{segment(compact({'alg': 'none', 'typ': 'vc+jwt'}))}.{payload}.", "application/vc+jwt"),
        ),
        (
            "swapped",
            "The content of the list with the bit clear, under the signature of the one with it set.",
            body(f"{header}.{payload}.{other[2]}", "application/vc+jwt"),
        ),
        (
            "typ",
            "The list's token is of another type.",
            ISSUER.status_token(header={"typ": "statuslist+jwt"}),
        ),
        (
            "crit",
            "The list's header demands an extension.",
            ISSUER.status_token(header={"crit": ["exp"], "exp": 1}),
        ),
        ("padded", "The list's signature is padded.", body(f"{genuine_list}==", "application/vc+jwt")),
        (
            "stranger",
            "A genuine list, signed by another issuer in its own name.",
            body(
                STRANGER.key().token(
                    {"alg": "ES256", "kid": STRANGER.kid(), "typ": "vc+jwt"},
                    {**ISSUER.status_list(), "issuer": STRANGER.did},
                ),
                "application/vc+jwt",
            ),
        ),
        (
            "duplicate",
            "The list names its subject twice.",
            body(
                ISSUER.key().token(
                    {"alg": "ES256", "kid": ISSUER.kid(), "typ": "vc+jwt"},
                    compact(ISSUER.status_list())[:-1] + b',"credentialSubject":{}}',
                ),
                "application/vc+jwt",
            ),
        ),
    )
    for label, title, answer in rows:
        yield _case(f"signature-{label}", title, invalid, answer=answer, rule=rule, urls=STRANGER.network())


def _list_2021() -> Iterator[Case]:
    rule = "Status List 2021 (W3C Working Draft, 27 April 2023)"
    entry = ISSUER.entry(type="StatusList2021Entry")

    def listed(*indexes: int, raw: str | None = None, **changes: Any) -> Body:
        text = base64.b64encode(gzip(bits(*indexes))).decode() if raw is None else raw
        changes.setdefault("type", ["VerifiableCredential", "StatusList2021Credential"])
        subject = {"type": "StatusList2021", "encodedList": text, **changes.pop("subject", {})}
        return ISSUER.status_token(subject=subject, **changes)

    def made(name: str, title: str, expect: Expect, answer: Any, used: Document = entry) -> Case:
        return _case(f"{LIST_2021}/{name}", title, expect, entry=used, answer=answer, rule=rule)

    invalid = unknown("status.list_invalid")
    yield made("valid", "The bit is clear.", valid("status.clear"), listed())
    yield made(
        "valid-base64url",
        "The list is in base64url, as its authors' own software writes it.",
        valid("status.clear"),
        listed(raw=segment(gzip(bits()))),
    )
    yield made("revoked", "The bit is set.", withdrawn("revoked", "status.revoked"), listed(INDEX))
    hold = without({**entry, "statusPurpose": "suspension"})
    yield made(
        "suspended",
        "The bit is set in a list of suspensions.",
        withdrawn("suspended", "status.suspended"),
        listed(INDEX, subject={"statusPurpose": "suspension"}),
        hold,
    )
    yield made("unreachable", "The list does not answer.", unknown("status.unreachable"), ...)
    yield made(
        "other-purpose",
        "The list is kept for another purpose.",
        invalid,
        listed(subject={"statusPurpose": "suspension"}),
    )
    yield made("bitstring-list", "A Bitstring list stands in place of the older one.", invalid, None)
    yield made(
        "multibase",
        "The list begins with a multibase prefix, which this format does not have.",
        invalid,
        listed(raw=encoded(bits())),
    )
    yield made("forged", "The attacker signed the list.", invalid, listed(signer=key("attacker")))
    yield made(
        "short",
        "The list has too few entries.",
        unknown("status.list_length"),
        listed(raw=base64.b64encode(gzip(bytes(100))).decode()),
    )
    yield made(
        "index-malformed",
        "The index is negative.",
        unknown("status.malformed"),
        listed(),
        without({**entry, "statusListIndex": "-1"}),
    )
    yield made(
        "index-beyond",
        "The index lies beyond the end.",
        unknown("status.range"),
        listed(),
        without({**entry, "statusListIndex": "131072"}),
    )


def _edtech() -> Iterator[Case]:
    rule = "1EdTech Revocation List Status Method 1.0"
    url = f"{ISSUER.base}/revocations"
    entry = {"id": url, "type": "1EdTechRevocationList"}
    badge = ISSUER.badge()["id"]

    def made(
        name: str, title: str, expect: Expect, answer: Any, used: Document = entry, at: str = url
    ) -> Case:
        urls = {} if answer is ... else {at: answer}
        return _case(f"{EDTECH}/{name}", title, expect, entry=used, rule=rule, urls=urls)

    def listed(*ids: Any, **changes: Any) -> Document:
        found = {
            "id": url,
            "type": "1EdTechRevocationList",
            "issuer": ISSUER.did,
            "revokedCredentials": [
                {"id": name, "revoked": True, "revocationReason": "error"} for name in ids
            ],
        }
        return without({**found, **changes})

    invalid = unknown("status.list_invalid")
    yield made(
        "valid",
        "The list does not name the credential.",
        valid("status.clear"),
        listed("urn:uuid:00000000-0000-4000-8000-000000000001"),
    )
    yield made("valid-empty", "The list is empty.", valid("status.clear"), listed())
    yield made(
        "revoked", "The list names the credential.", withdrawn("revoked", "status.revoked"), listed(badge)
    )
    yield made("unreachable", "The list does not answer.", unknown("status.unreachable"), ...)
    yield made("other-issuer", "The list is another issuer's.", invalid, listed(issuer=STRANGER.did))
    yield made(
        "other-address",
        "The list says that it belongs at another address.",
        invalid,
        listed(id="https://issuer.example/2"),
    )
    yield made("page", "A web page answers.", invalid, "<html></html>")
    yield made("no-list", "The document holds no list.", invalid, {"id": url, "issuer": ISSUER.did})
    yield made(
        "duplicate",
        "The list names its content twice.",
        invalid,
        body(compact(listed(badge))[:-1].decode() + ',"revokedCredentials":[]}'),
    )
    away = "https://lists.example/revocations"
    yield made(
        "elsewhere",
        "The list is unsigned and stands on another host than the issuer's.",
        invalid,
        listed(id=away),
        {"id": away, "type": "1EdTechRevocationList"},
        away,
    )
