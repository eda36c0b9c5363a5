"""Open Badges 2.0, hosted and signed: what it proves, what it does not, and what it is not invalid for."""

from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.vectors.maker.bits import itxt, png
from tests.vectors.maker.keys import Key, compact, key, segment
from tests.vectors.maker.world import (
    IDENTITY,
    Document,
    Network,
    body,
    case,
    edit,
    flawed,
    forged,
    genuine,
    untold,
    valid,
    withdrawn_unseen,
    without,
)
from verifier.conformance.case import Case, Expect
from verifier.recorded import Body

FORMAT = "open-badges-2"
V1, V2 = "https://w3id.org/openbadges/v1", "https://w3id.org/openbadges/v2"
HOST, ELSEWHERE = "https://academy.example", "https://stranger.example"
PROFILE, BADGE, ASSERTION = f"{HOST}/issuer.json", f"{HOST}/badges/sql", f"{HOST}/assertions/1"
KEY, LIST = f"{HOST}/keys/1.json", f"{HOST}/revoked.json"
UUID = "urn:uuid:a953081a-4bbd-4927-9653-7219bca00e3b"
LEGACY = untold("format.legacy")
HOSTED_RULE = "Open Badges 2.0, HostedBadge Verification"
SIGNED_RULE = "Open Badges 2.0, SignedBadge Verification"


def cases() -> Iterator[Case]:
    yield from _hosted()
    yield from _withdrawn()
    yield from _scope()
    yield from _signed()
    yield from _keys()
    yield from _listed()
    yield from _older()


def assertion(**changes: Any) -> Document:
    """A hosted one, whose badge class is named by its address."""
    document = {
        "@context": V2,
        "type": "Assertion",
        "id": ASSERTION,
        "recipient": {"type": "email", "hashed": True, "salt": "salt", "identity": f"sha256${IDENTITY}"},
        "badge": BADGE,
        "verification": {"type": "HostedBadge"},
        "issuedOn": "2019-05-03T09:30:00+00:00",
    }
    return without({**document, **changes})


def badge_class(**changes: Any) -> Document:
    document = {
        "@context": V2,
        "type": "BadgeClass",
        "id": BADGE,
        "name": "SQL for analysts",
        "description": "Answers questions from data with SQL.",
        "criteria": {"narrative": "Twenty questions, most of them right."},
        "issuer": PROFILE,
    }
    return without({**document, **changes})


def profile(**changes: Any) -> Document:
    document = {
        "@context": V2,
        "type": "Profile",
        "id": PROFILE,
        "name": "Example Academy",
        "url": HOST,
        "publicKey": KEY,
        "verification": {"type": "VerificationObject", "startsWith": f"{HOST}/assertions/"},
    }
    return without({**document, **changes})


def pem(found: Key) -> str:
    public = found.private.public_key()
    return str(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def key_document(found: Key, **changes: Any) -> Document:
    document = {
        "@context": V2,
        "type": "CryptographicKey",
        "id": KEY,
        "owner": PROFILE,
        "publicKeyPem": pem(found),
    }
    return without({**document, **changes})


def network(**changes: Any) -> Network:
    """What answers at the academy, by short names; `...` takes away, and `urls` adds."""
    answers: dict[str, Any] = {"hosted": assertion(), "badge": badge_class(), "profile": profile()}
    answers["key"] = key_document(_by("RS256"))
    urls = {"hosted": ASSERTION, "badge": BADGE, "profile": PROFILE, "key": KEY}
    found = {urls[name]: changes.get(name, answer) for name, answer in answers.items()}
    found |= changes.get("urls", {})
    return {
        url: answer if isinstance(answer, Body) else body(answer)
        for url, answer in found.items()
        if answer is not ...
    }


def _by(alg: str) -> Key:
    return key("academy", alg)


def _case(name: str, title: str, evidence: Any, expect: Expect, rule: str = HOSTED_RULE, **more: Any) -> Case:
    more.setdefault("network", network())
    return case(f"{FORMAT}/{name}", title, rule, evidence, expect, **more)


def _hosted() -> Iterator[Case]:
    right = valid("signature.hosted", "issuer_key.hosted", "status.clear")
    yield _case("hosted", "A hosted assertion, handed over as JSON.", assertion(), right)
    yield _case(
        "hosted-vouched",
        "The same, of an issuer who is vouched for.",
        assertion(),
        valid("standing.vouched"),
        pinned={PROFILE: "Register of Examples"},
    )
    yield _case(
        "context-list",
        "The context is a list.",
        assertion(**{"@context": [V2]}),
        right,
        network=network(hosted=assertion(**{"@context": [V2]})),
    )
    yield _case("link", "A link to a hosted assertion.", ASSERTION, right)
    baked = png([[1] * 16] * 16, itxt(b"openbadges", compact(assertion())))
    yield _case(
        "hosted-png",
        "A hosted assertion, baked into a PNG picture.",
        baked,
        right,
        "Open Badges 2.0, Baking",
        media_type="image/png",
    )
    embedded = assertion(badge=badge_class(issuer=profile()))
    yield _case(
        "hosted-embedded",
        "Badge class and issuer stand in what was handed over; the host names them.",
        embedded,
        right,
    )
    yield _case(
        "hosted-embeds",
        "The host's assertion holds its badge class.",
        assertion(),
        right,
        network=network(hosted=assertion(badge=badge_class(**{"@context": ...})), badge=...),
    )
    yield _case(
        "hosted-says-more",
        "The host says more than what was handed over.",
        assertion(),
        right,
        network=network(hosted=assertion(narrative="With distinction.")),
    )
    yield _case(
        "hosted-recipient",
        "A hosted assertion about the expected address.",
        assertion(),
        valid("recipient.matched"),
        expected_recipient="ada@example.org",
    )
    yield _case(
        "hosted-other-recipient",
        "The recipient's address is another one.",
        assertion(),
        flawed("recipient.mismatch"),
        expected_recipient="bob@example.org",
    )
    expired = assertion(expires="2024-05-03T09:30:00Z")
    yield _case(
        "hosted-expired",
        "A hosted assertion that has expired.",
        expired,
        genuine("invalid", "expired", "validity.expired"),
        network=network(hosted=expired),
    )
    differs = forged("signature.hosted_differs")
    other = assertion(recipient={"type": "email", "hashed": False, "identity": "mallory@example.org"})
    yield _case("hosted-other-content", "Another recipient stands at its address.", other, differs)
    yield _case(
        "hosted-more-content",
        "What was handed over says more than its address.",
        assertion(narrative="With distinction."),
        differs,
    )
    yield _case(
        "hosted-other-badge",
        "It names another badge class than at its address.",
        assertion(badge=f"{HOST}/badges/medicine"),
        differs,
    )
    yield _case(
        "hosted-other-id",
        "Another assertion stands at its address.",
        assertion(),
        differs,
        network=network(hosted=assertion(id=f"{HOST}/assertions/2")),
    )
    renamed = assertion(badge=badge_class(name="Doctor of Medicine"))
    yield _case(
        "hosted-renamed",
        "The badge class in what was handed over has another name than the host's.",
        renamed,
        untold("signature.hosted_renamed"),
    )
    twice = compact(assertion())[:-1].decode() + ',"issuedOn":"2026-01-01T00:00:00Z"}'
    yield _case("duplicate-member", "A member stands twice.", twice, forged("json.duplicate_key"))
    unread = untold("signature.hosted_unread")
    yield _case(
        "hosted-unreachable",
        "Its address cannot be reached.",
        assertion(),
        unread,
        network=network(hosted=...),
    )
    yield _case(
        "hosted-page",
        "A web page stands at its address.",
        assertion(),
        unread,
        network=network(hosted=body("<html></html>", "text/html")),
    )
    for name, title, found, expect in (
        ("unreachable", "Its badge class cannot be reached.", ..., untold("issuer_key.unreachable")),
        ("gone", "Its badge class is gone.", body("", status=410), untold("issuer_key.unreachable")),
        (
            "other",
            "Another badge class stands at that address.",
            badge_class(id=f"{BADGE}/2"),
            untold("issuer_key.malformed"),
        ),
        ("no-issuer", "Its badge class names no issuer.", badge_class(issuer=...), untold()),
        ("issuer-urn", "Its issuer has no https address.", badge_class(issuer=UUID), untold()),
    ):
        yield _case(f"hosted-badge-{name}", title, assertion(), expect, network=network(badge=found))
    nameless = assertion(badge={"name": "SQL for analysts"})
    yield _case(
        "hosted-badge-nowhere",
        "Its badge class has neither issuer nor address.",
        nameless,
        untold("issuer_key.unsupported"),
        network=network(hosted=nameless),
    )
    for name, title, found, expect in (
        ("unreachable", "Its issuer's profile cannot be reached.", ..., untold("issuer_key.unreachable")),
        ("other", "Another's profile stands there.", profile(id=HOST), untold("issuer_key.malformed")),
        ("key", "A bare key stands there.", _by("ES256").jwk, untold("issuer_key.malformed")),
    ):
        yield _case(f"hosted-profile-{name}", title, assertion(), expect, network=network(profile=found))
    bare = assertion(recipient=..., issuedOn=...)
    yield _case(
        "hosted-shape",
        "Neither recipient nor time of issue stand in it.",
        bare,
        flawed("shape.subject", "shape.times"),
        network=network(hosted=bare),
    )


def _withdrawn() -> Iterator[Case]:
    withdrawn = assertion(revoked=True, revocationReason="Issued in error.")
    yield _case(
        "revoked",
        "Its address says that it was withdrawn.",
        assertion(),
        genuine("invalid", "revoked", "status.revoked"),
        network=network(hosted=withdrawn),
    )
    # Nothing is left to compare it with: it may be anything, and it is withdrawn.
    gone = withdrawn_unseen("status.revoked", "signature.hosted_gone")
    yield _case(
        "revoked-gone",
        "Its address answers 410.",
        assertion(),
        gone,
        network=network(hosted=body("", status=410)),
    )
    stripped = {"@context": V2, "id": ASSERTION, "revoked": True}
    yield _case(
        "revoked-stripped",
        "Only that it was withdrawn stands at its address.",
        assertion(),
        gone,
        network=network(hosted=stripped),
    )
    yield _case(
        "revoked-other-content",
        "It was withdrawn, and was another one.",
        assertion(issuedOn="2020-01-01T00:00:00Z"),
        forged("signature.hosted_differs"),
        network=network(hosted=withdrawn),
    )


def _scope() -> Iterator[Case]:
    """Where the issuer lets its assertions stand."""
    rule = "Open Badges 2.0, VerificationObject"
    listed, host_only = valid("issuer_key.hosted"), valid("issuer_key.hosted_same_origin")
    outside = forged("issuer_key.untrusted")

    def scoped(name: str, title: str, verification: Any, expect: Expect) -> Case:
        answers = network(profile=profile(verification=verification))
        return _case(f"scope-{name}", title, assertion(), expect, rule, network=answers)

    yield scoped("none", "The profile does not say where its assertions stand.", ..., host_only)
    yield scoped("type-only", "The profile's instructions name no place.", {"type": "hosted"}, host_only)
    yield scoped("origin", "The profile names the host.", {"allowedOrigins": "academy.example"}, listed)
    both = {"allowedOrigins": ["academy.example"], "startsWith": [f"{HOST}/assertions/"]}
    yield scoped("both", "The profile names the host and a path.", both, listed)
    yield scoped(
        "other-origin", "The profile names another host.", {"allowedOrigins": ["cdn.example"]}, outside
    )
    yield scoped("other-path", "The profile names another path.", {"startsWith": f"{HOST}/o/"}, outside)
    half = {**both, "startsWith": f"{HOST}/o/"}
    yield scoped("host-without-path", "The host is right, the path another one.", half, outside)
    yield scoped("no-text", "The profile's place is no text.", {"startsWith": 7}, outside)
    yield scoped(
        "cut-host", "The place ends within the host's name.", {"startsWith": "https://academy"}, outside
    )
    foreign = assertion(badge=f"{ELSEWHERE}/badges/1")
    answers = network(
        hosted=foreign,
        profile=profile(verification=...),
        urls={f"{ELSEWHERE}/badges/1": badge_class(id=f"{ELSEWHERE}/badges/1")},
    )
    yield _case(
        "scope-badge-elsewhere",
        "The badge class stands on another host than all else.",
        foreign,
        outside,
        rule,
        network=answers,
    )
    kept = assertion(badge=badge_class(id="http://academy.example/badges/sql"))
    yield _case(
        "scope-badge-http",
        "The host's assertion holds its badge class, whose id is from before https.",
        kept,
        host_only,
        rule,
        network=network(hosted=kept, profile=profile(verification=...)),
    )
    # A stranger's host cannot speak for the academy.
    theirs = f"{ELSEWHERE}/assertions/1"
    stolen = assertion(id=theirs, badge={**badge_class(id=f"{ELSEWHERE}/badges/1")})
    for name, said in (("stranger", ...), ("stranger-scoped", profile()["verification"])):
        yield _case(
            f"scope-{name}",
            f"A stranger's host says that the academy issued it ({name}).",
            stolen,
            outside,
            rule,
            network=network(urls={theirs: stolen}, profile=profile(verification=said)),
        )
    delegated = {"startsWith": f"{ELSEWHERE}/assertions/"}
    yield _case(
        "scope-delegated",
        "The issuer's profile lets another host publish its assertions.",
        stolen,
        listed,
        rule,
        network=network(urls={theirs: stolen}, profile=profile(verification=delegated)),
    )
    climbing = assertion(id=f"{HOST}/assertions/%2e%2e/mallory")
    yield _case(
        "scope-climbing",
        "Its address climbs out of the path that it begins with.",
        climbing,
        LEGACY,
        rule,
        network=network(urls={climbing["id"]: climbing}),
    )


def signed(**changes: Any) -> Document:
    """A signed one, which holds its badge class and names its issuer there."""
    usual = {
        "id": UUID,
        "badge": badge_class(**{"@context": ...}),
        "verification": {"type": "SignedBadge", "creator": KEY},
    }
    return assertion(**{**usual, **changes})


def token(content: Any = None, *, by: Key | None = None, **header: Any) -> str:
    signer = by or _by("RS256")
    return signer.token(without({"alg": signer.alg, **header}), signed() if content is None else content)


def _signed() -> Iterator[Case]:
    right = valid("signature.verified", "issuer_key.listed", "status.none")
    for alg in ("RS256", "ES256", "EdDSA", "ES384"):
        found = _by(alg)
        yield _case(
            f"signed-{alg.lower()}",
            f"A signed assertion ({alg}).",
            token(by=found),
            right,
            SIGNED_RULE,
            network=network(key=key_document(found)),
        )
    baked = png([[1] * 16] * 16, itxt(b"openbadges", token().encode()))
    yield _case(
        "signed-png",
        "A signed assertion, baked into a PNG picture.",
        baked,
        right,
        "Open Badges 2.0, Baking",
        media_type="image/png",
    )
    yield _case(
        "signed-vouched",
        "A signed assertion of an issuer who is vouched for.",
        token(),
        valid("standing.vouched"),
        SIGNED_RULE,
        pinned={PROFILE: "Register of Examples"},
    )
    held = key_document(_by("RS256"), id=f"{PROFILE}#key", **{"@context": ..., "type": ["CryptographicKey"]})
    in_profile = network(profile=profile(publicKey=[held]), key=...)
    named = signed(verification={"type": ["SignedBadge"], "creator": f"{PROFILE}#key"})
    yield _case(
        "signed-key-in-profile",
        "The profile holds the key itself.",
        token(named),
        right,
        SIGNED_RULE,
        network=in_profile,
    )
    unnamed = token(signed(verification={"type": "signed"}))
    yield _case(
        "signed-one-key",
        "It names no key, and its issuer has just one.",
        unnamed,
        right,
        SIGNED_RULE,
        network=in_profile,
    )
    several = network(profile=profile(publicKey=[held, KEY]))
    open_key = untold("issuer_key.not_published")
    yield _case(
        "signed-unnamed-key",
        "It names no key, and its issuer has several.",
        unnamed,
        open_key,
        SIGNED_RULE,
        network=several,
    )
    yield _case(
        "signed-by-a-stranger",
        "A signed assertion whose signature is anybody's.",
        token(by=key("attacker", "RS256")),
        forged("signature.invalid"),
        SIGNED_RULE,
    )
    yield _case(
        "signed-other-algorithm",
        "It is signed with another algorithm than the key's.",
        token(by=_by("ES256")),
        forged("proof.algorithm"),
        SIGNED_RULE,
    )
    header, _, signature = token().split(".")
    changed = segment(compact(edit(signed(), "badge/name", "Doctor of Medicine")))
    yield _case(
        "signed-changed",
        "The achievement was renamed after signing.",
        f"{header}.{changed}.{signature}",
        forged("signature.invalid"),
        SIGNED_RULE,
    )
    yield _case(
        "none",
        "An unsecured assertion: alg is none.",
        f"{segment(compact({'alg': 'none'}))}.{segment(compact(signed()))}.",
        forged("proof.algorithm"),
        SIGNED_RULE,
    )
    yield _case(
        "signed-recipient",
        "A signed assertion about the expected address.",
        token(),
        valid("recipient.matched"),
        SIGNED_RULE,
        expected_recipient="ada@example.org",
    )
    plain = signed(recipient={"type": "schema:email", "identity": "ada@example.org"})
    yield _case(
        "signed-plain-recipient",
        "The recipient's address stands there in plain text.",
        token(plain),
        valid("recipient.matched"),
        SIGNED_RULE,
        expected_recipient="ada@example.org",
    )
    yield _case(
        "signed-expired",
        "A signed assertion that has expired.",
        token(signed(expires="2024-05-03T09:30:00Z")),
        genuine("invalid", "expired", "validity.expired"),
        SIGNED_RULE,
    )
    yield _case(
        "signed-times",
        "Its time of issue is none.",
        token(signed(issuedOn="yesterday")),
        genuine("invalid", "cannot_tell", "validity.malformed"),
        SIGNED_RULE,
    )


def _keys() -> Iterator[Case]:
    """Keys that the profile does not list, and such as nobody may use."""
    theirs = key("attacker", "RS256")
    jwk = token(by=theirs, jwk=theirs.jwk)
    yield _case(
        "key-in-header", "The token brings its own key.", jwk, forged("signature.invalid"), SIGNED_RULE
    )
    foreign = f"{ELSEWHERE}/key.json"
    stolen = token(signed(verification={"type": "SignedBadge", "creator": foreign}), by=theirs)
    answers = network(urls={foreign: key_document(theirs, id=foreign)})
    yield _case(
        "key-elsewhere",
        "The token names a stranger's key that claims the academy for its owner.",
        stolen,
        forged("issuer_key.untrusted"),
        SIGNED_RULE,
        network=answers,
    )
    other = token(signed(verification={"type": "SignedBadge", "creator": f"{HOST}/keys/2.json"}), by=theirs)
    beside = network(urls={f"{HOST}/keys/2.json": key_document(theirs, id=f"{HOST}/keys/2.json")})
    yield _case(
        "key-beside",
        "The key stands on the issuer's host, and its profile does not list it.",
        other,
        forged("issuer_key.untrusted"),
        SIGNED_RULE,
        network=beside,
    )
    yield _case(
        "key-none-listed",
        "The issuer's profile lists no key.",
        token(),
        untold("issuer_key.not_published"),
        SIGNED_RULE,
        network=network(profile=profile(publicKey=...)),
    )
    named = network(profile=profile(publicKey=foreign), urls={foreign: key_document(theirs, id=foreign)})
    yield _case(
        "key-named-elsewhere",
        "The profile names a key on another host, which is not asked.",
        stolen,
        untold("issuer_key.unreachable"),
        SIGNED_RULE,
        network=named,
    )
    usual = _by("RS256")
    for name, title, found, expect in (
        ("unreachable", "The key cannot be reached.", ..., untold("issuer_key.unreachable")),
        ("gone", "The key's address answers 410.", body("", status=410), forged("issuer_key.compromised")),
        (
            "other-owner",
            "The key says that it is another's.",
            key_document(usual, owner=ELSEWHERE),
            untold("issuer_key.malformed"),
        ),
        (
            "no-pem",
            "The key's PEM text is none.",
            key_document(usual, publicKeyPem="RSA"),
            forged("issuer_key.unusable"),
        ),
        (
            "two-pems",
            "The PEM text holds two keys.",
            key_document(usual, publicKeyPem=pem(usual) * 2),
            forged("issuer_key.unusable"),
        ),
    ):
        yield _case(f"key-{name}", title, token(), expect, SIGNED_RULE, network=network(key=found))
    yield _case(
        "profile-unreachable",
        "The issuer's profile cannot be reached.",
        token(),
        untold("issuer_key.unreachable"),
        SIGNED_RULE,
        network=network(profile=...),
    )
    yield _case(
        "profile-key",
        "A bare key stands in the profile's place.",
        token(),
        untold("issuer_key.malformed"),
        SIGNED_RULE,
        network=network(profile=usual.jwk),
    )


def _listed() -> Iterator[Case]:
    rule = "Open Badges 2.0, RevocationList"
    usual = {"@context": V2, "id": LIST, "type": "RevocationList", "issuer": PROFILE}
    withdrawn, clear = genuine("invalid", "revoked", "status.revoked"), valid("status.clear")

    def made(name: str, title: str, expect: Expect, found: Any, url: Any = LIST, **changes: Any) -> Case:
        answers = network(profile=profile(revocationList=url), urls={LIST: found})
        return _case(f"list-{name}", title, token(signed(**changes)), expect, rule, network=answers)

    def lines(*revoked: Any, **changes: Any) -> Document:
        return {**usual, "revokedAssertions": [*revoked], **changes}

    def unknown(*reasons: str) -> Expect:
        return genuine("undetermined", "cannot_tell", *reasons)

    reason = {"id": UUID, "revocationReason": "Issued in error."}
    yield made("clear", "Its issuer's list names others.", clear, lines("urn:uuid:1", {"uid": "7"}, 7))
    yield made("id", "Its issuer's list names its id.", withdrawn, lines(UUID))
    yield made("reason", "Its issuer's list names its id and the reason.", withdrawn, lines(reason))
    yield made(
        "uid", "Its issuer's list names its older uid.", withdrawn, lines({"uid": "7"}), uid="7", id=...
    )
    yield made("self", "The assertion itself says that it was withdrawn.", withdrawn, lines(), revoked=True)
    invalid = unknown("status.list_invalid")
    yield made("unreachable", "The list cannot be reached.", unknown("status.unreachable"), ...)
    yield made("gone", "The list is gone.", unknown("status.unreachable"), body("", status=410))
    yield made("not-json", "The list is no JSON.", invalid, body("[", "text/html"))
    yield made("no-list", "Something else stands in the list's place.", invalid, usual)
    yield made("other-issuer", "The list is another issuer's.", invalid, lines(issuer=ELSEWHERE))
    yield made("other-id", "The list belongs at another address.", invalid, lines(id=f"{LIST}/2"))
    yield made("elsewhere", "The list stands on another host.", invalid, lines(), f"{ELSEWHERE}/revoked.json")
    yield made("no-address", "The list's address is no text.", invalid, lines(), 7)


def _older() -> Iterator[Case]:
    """What proves too little stays undetermined, and nothing is invalid for being old."""
    rule = "Open Badges 2.0, VerificationObject"
    for name, title, evidence in (
        (
            "badge-by-address",
            "A signed assertion that only names its badge class.",
            token(signed(badge=BADGE)),
        ),
        (
            "issuer-urn",
            "A signed assertion whose issuer has no address.",
            token(signed(badge=badge_class(issuer={"id": UUID, "name": "Example Academy"}))),
        ),
        ("token-hosted", "A token around an assertion that says that it is hosted.", token(assertion())),
        ("token-type", "A signed assertion under the type of another form.", token(typ="vc+jwt")),
        ("without-signature", "A signed assertion without its signature.", signed()),
        ("no-verification", "An assertion that does not say how to verify it.", assertion(verification=...)),
        ("http", "A hosted assertion whose address is http.", assertion(id="http://academy.example/1")),
        (
            "version-1",
            "An assertion of version 1 that has no id.",
            assertion(id=..., uid="7", **{"@context": V1}),
        ),
    ):
        yield _case(f"legacy-{name}", title, evidence, LEGACY, rule)
    first = assertion(
        **{"@context": V1, "verification": ..., "verify": {"type": "hosted", "url": ASSERTION}},
        issuedOn=1_556_875_800,
    )
    yield _case(
        "version-1-hosted",
        "A hosted assertion of version 1.1, with its time in seconds.",
        first,
        valid("signature.hosted"),
        rule,
        network=network(hosted=first),
    )
