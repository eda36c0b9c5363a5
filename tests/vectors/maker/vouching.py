"""Who vouches for the issuer: registries, signed registries, federations; docs/trust.md has their form."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from tests.vectors.maker.jose import OB_JWT
from tests.vectors.maker.keys import Key, key
from tests.vectors.maker.world import ISSUER, Network, body, case, edit, genuine, valid, without
from verifier.conformance.case import Case, Expect
from verifier.trust.configured import Kind
from verifier.trust.federation import Configured as Federation
from verifier.trust.registry import Configured as Registry
from verifier.trust.signed_registry import Configured as SignedRegistry

FORM = "vouching"
NAME = "Register of Examples"
REGISTER = "https://register.example/issuers"
RULE = "Assay, docs/trust.md"
OIDF = "OpenID Federation 1.0"
NOW = 1_795_435_200  # the clock of every case
ANCHOR, UNION, ENTITY = "https://anchor.example", "https://union.example", "https://issuer.example/o/demo"
WELL_KNOWN = "/.well-known/openid-federation"
# What the caller requires in most cases: that somebody vouches.
STANDING = {"require": ["standing"]}
VOUCHED, DISTRUSTED = "standing.vouched", "standing.distrusted"


def cases() -> Iterator[Case]:
    yield from _registries()
    yield from _signed()
    yield from _chains()
    yield from _broken_chains()
    yield from _stated()


def untrusted(*reasons: str) -> Expect:
    """Genuine and current, but whether its issuer may be relied on could not be determined."""
    return genuine("undetermined", "current", *reasons)


def _case(
    name: str,
    title: str,
    standard: str,
    sources: tuple[Kind, ...],
    network: Network,
    expect: Expect,
    *,
    policy: Mapping[str, Any] | None = STANDING,
    pinned: Mapping[str, str] | None = None,
    issuer_name: str = "Example Academy",
) -> Case:
    badge = edit(ISSUER.badge(), "issuer/name", issuer_name)
    return case(
        f"{FORM}/{name}",
        title,
        standard,
        OB_JWT.token(OB_JWT.payload(badge)),
        expect,
        network={**ISSUER.network(), **network},
        pinned=pinned,
        sources=sources,
        policy=policy,
    )


def _register(*issuers: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"issuers": list(issuers), **more}


def _listed(**more: Any) -> dict[str, Any]:
    return {"id": ISSUER.did, **more}


PLAIN = (Registry(NAME, url=REGISTER),)


def _registries() -> Iterator[Case]:
    answers: tuple[tuple[str, str, Any, Expect], ...] = (
        ("registry-lists", "A registry lists the issuer by its name.",
         _register(_listed(name="Example Academy")), valid(VOUCHED, "policy.met")),
        ("registry-lists-another-name-too", "The name is one of several that the registry knows.",
         _register(_listed(name="The Academy", alsoKnownAs=["example  ACADEMY"])), valid(VOUCHED)),
        ("registry-does-not-list", "A registry knows only somebody else.",
         _register({"id": "did:web:other.example"}), untrusted("standing.not_listed", "standing.unknown")),
        ("registry-warns", "A registry warns of the issuer.",
         _register(_listed(status="distrusted", reason="It sells badges.")),
         genuine("invalid", "current", DISTRUSTED, "policy.unmet")),
        ("registry-warns-among-entries", "One entry vouches and one warns: the warning counts.",
         _register(_listed(), _listed(status="distrusted"), _listed()),
         genuine("invalid", "current", DISTRUSTED)),
        ("registry-warned-once", "The warning has ended.",
         _register(_listed(status="distrusted", validUntil="2026-01-01T00:00:00Z"), _listed()),
         valid(VOUCHED)),
        ("registry-listed-once", "The entry has ended.",
         _register(_listed(validUntil="2026-11-01T00:00:00Z")), untrusted("standing.lapsed")),
        ("registry-lists-later", "The entry has not begun.",
         _register(_listed(validFrom="2027-01-01T00:00:00Z")), untrusted("standing.lapsed")),
        ("registry-ended", "The registry as a whole may no longer be relied on.",
         _register(_listed(), validUntil="2026-11-23T11:00:00Z"), untrusted("standing.stale")),
        ("registry-from-the-future", "The registry claims to have been written tomorrow.",
         _register(_listed(), updated="2026-11-24T12:00:00Z"), untrusted("standing.stale")),
        ("registry-twice-a-member", "A member stands twice.",
         f'{{"issuers": [{{"id": "{ISSUER.did}", "status": "distrusted", "status": "trusted"}}]}}',
         untrusted("standing.invalid")),
        ("registry-unknown-member", "A mistyped member: it might have been the warning.",
         _register(_listed(Status="distrusted")), untrusted("standing.invalid")),
        ("registry-time-without-offset", "A time without an offset.",
         _register(_listed(validUntil="2027-01-01T00:00:00")), untrusted("standing.invalid")),
        ("registry-page", "The address answers with a page.", "<html>Welcome</html>",
         untrusted("standing.invalid")),
    )  # fmt: skip
    for name, title, content, expect in answers:
        yield _case(name, title, RULE, PLAIN, {REGISTER: body(content)}, expect)
    listed = {REGISTER: body(_register(_listed(name="Example Academy")))}
    warning = {REGISTER: body(_register(_listed(status="distrusted")))}
    us = {ISSUER.did: "Us"}
    yield _case(
        "registry-not-required",
        "Standing is told by default, and required only where the policy says so.",
        RULE, PLAIN, warning, valid(DISTRUSTED), policy=None,
    )  # fmt: skip
    yield _case(
        "registry-warns-of-a-pinned-issuer",
        "The caller's own list vouches and a registry warns: the warning counts.",
        RULE, PLAIN, warning, genuine("invalid", "current", VOUCHED, DISTRUSTED), pinned=us,
    )  # fmt: skip
    for name, why, answer in (
        ("unreachable", "cannot be asked", {}),
        ("gone", "is gone", {REGISTER: body("", status=410)}),
    ):
        yield _case(
            f"registry-{name}",
            f"A registry {why}; it might have warned, whoever else vouches.",
            RULE, PLAIN, answer, untrusted(VOUCHED, "standing.unreachable"), pinned=us,
        )  # fmt: skip
    yield _case(
        "registry-another-name",
        "A listed issuer calls itself somebody else: valid, and told.",
        RULE, PLAIN, listed, valid(VOUCHED, "standing.other_name"), issuer_name="Harvard University",
    )  # fmt: skip


def _token(signer: Key, claims: Mapping[str, Any], **header: Any) -> str:
    usual = {"alg": signer.alg, "kid": signer.thumbprint, "typ": "issuer-registry+jwt"}
    times = {"iat": NOW - 60, "exp": NOW + 3_600}
    return signer.token(without({**usual, **header}), without({**times, **claims}))


def _signed() -> Iterator[Case]:
    signer, thief = key("register"), key("attacker")
    sources = (SignedRegistry(NAME, keys=(signer.jwk,), url=REGISTER),)
    good = _register(_listed(name="Example Academy"))
    head, _, signature = _token(signer, {"issuers": []}).split(".")
    payload = _token(signer, good).split(".")[1]
    answers = (
        ("signed-lists", "A signed registry lists the issuer.", _token(signer, good), valid(VOUCHED)),
        ("signed-warns", "A signed registry warns of the issuer.",
         _token(signer, _register(_listed(status="distrusted"))), genuine("invalid", "current", DISTRUSTED)),
        ("signed-by-another-key", "Another key signed it, and says so.",
         _token(thief, good), untrusted("standing.invalid")),
        ("signed-in-the-key-s-name", "Another key signed it in the pinned key's name.",
         _token(thief, good, kid=signer.thumbprint), untrusted("standing.invalid")),
        ("signed-by-the-header-s-key", "The header brings the key along.",
         _token(thief, good, kid=..., jwk=thief.jwk), untrusted("standing.invalid")),
        ("signed-payload-changed", "The list was exchanged under the signature.",
         f"{head}.{payload}.{signature}", untrusted("standing.invalid")),
        ("signed-alg-none", "alg is none.", _token(signer, good, alg="none"), untrusted("standing.invalid")),
        ("signed-other-type", "A token that was made for something else.",
         _token(signer, good, typ="JWT"), untrusted("standing.invalid")),
        ("signed-without-type", "A token that does not say what it was made for.",
         _token(signer, good, typ=...), untrusted("standing.invalid")),
        ("signed-expired", "It ended an hour ago.", _token(signer, {**good, "exp": NOW - 3_600}),
         untrusted("standing.stale")),
        ("signed-without-end", "It names no end.", _token(signer, {**good, "exp": ...}),
         untrusted("standing.invalid")),
        ("signed-not-at-all", "Plain JSON where a signed registry belongs.", good,
         untrusted("standing.invalid")),
    )  # fmt: skip
    for name, title, content, expect in answers:
        yield _case(name, title, RULE, sources, {REGISTER: body(content)}, expect)


def _statement(
    issuer: str, subject: str, signer: Key | None = None, header: Any = None, **changes: Any
) -> str:
    """An entity statement; about oneself it is an entity configuration."""
    endpoint = {"federation_entity": {"federation_fetch_endpoint": f"{issuer}/fetch"}}
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "iat": NOW - 60,
        "exp": NOW + 3_600,
        "jwks": {"keys": [{**key(subject).jwk, "kid": key(subject).thumbprint}]},
        "metadata": endpoint if issuer == subject else {},
    }
    signer = signer or key(issuer)
    usual = {"alg": "ES256", "kid": signer.thumbprint, "typ": "entity-statement+jwt", **(header or {})}
    return signer.token(without(usual), without({**claims, **changes}))


def _realm(**statements: str) -> Network:
    """Anchor, union and issuer; each of their statements may be given instead."""
    usual = {
        "anchor": _statement(ANCHOR, ANCHOR),
        "union": _statement(UNION, UNION, authority_hints=[ANCHOR]),
        "leaf": _statement(ENTITY, ENTITY, authority_hints=[UNION]),
        "anchor_of_union": _statement(ANCHOR, UNION),
        "union_of_leaf": _statement(UNION, ENTITY),
    }
    places = {
        "anchor": ANCHOR + WELL_KNOWN,
        "union": UNION + WELL_KNOWN,
        "leaf": ENTITY + WELL_KNOWN,
        "anchor_of_union": f"{ANCHOR}/fetch?sub={quote(UNION, safe='')}",
        "union_of_leaf": f"{UNION}/fetch?sub={quote(ENTITY, safe='')}",
        "anchor_of_did": f"{ANCHOR}/fetch?sub={quote(ISSUER.did, safe='')}",
    }
    missing = {places["anchor_of_did"]: body({"error": "not_found"}, status=404)}
    told = {**usual, **statements}
    return missing | {
        places[name]: body(token, "application/entity-statement+jwt") for name, token in told.items()
    }


def _federation(signer: Key | None = None) -> tuple[Kind, ...]:
    return (Federation("Federation of Examples", ANCHOR, keys=((signer or key(ANCHOR)).jwk,)),)


def _chains() -> Iterator[Case]:
    good = (
        ("chain", "From the issuer over an intermediate to the anchor.", _realm()),
        ("chain-path-length", "The anchor permits one intermediate, and one there is.",
         _realm(anchor_of_union=_statement(ANCHOR, UNION, constraints={"max_path_length": 1}))),
        ("chain-names-permitted", "The anchor permits names below .example.",
         _realm(anchor_of_union=_statement(
             ANCHOR, UNION, constraints={"naming_constraints": {"permitted": [".example"]}}))),
        ("chain-anchor-rolled-over", "The pinned key introduces the one that signs statements now.",
         _realm(
             anchor=_statement(ANCHOR, ANCHOR, jwks={"keys": [
                 {**key(name).jwk, "kid": key(name).thumbprint} for name in (ANCHOR, "anchor, later")]}),
             anchor_of_union=_statement(ANCHOR, UNION, key("anchor, later")))),
    )  # fmt: skip
    for name, title, network in good:
        yield _case(name, title, f"{OIDF}, section 10.2", _federation(), network, valid(VOUCHED))
    yield _case(
        "chain-nowhere",
        "The issuer is in no federation.",
        f"{OIDF}, section 9",
        _federation(),
        {url: found for url, found in _realm().items() if not url.startswith(ENTITY)}
        | {ENTITY + WELL_KNOWN: body("", status=404)},
        untrusted("standing.not_listed", "standing.unknown"),
    )


def _broken_chains() -> Iterator[Case]:
    thief = key("attacker")
    theirs = {"keys": [{**thief.jwk, "kid": thief.thumbprint}]}
    past: dict[str, Any] = {"exp": NOW - 3_600}
    rule = f"{OIDF}, section 10.2"
    broken = (
        ("leaf-of-another-key", "The issuer's configuration is signed with a key that nobody states.",
         _realm(leaf=_statement(ENTITY, ENTITY, thief, jwks=theirs, authority_hints=[UNION]))),
        ("union-of-another-key", "The intermediate's keys are not those that the anchor states.",
         _realm(union=_statement(UNION, UNION, thief, jwks=theirs, authority_hints=[ANCHOR]),
                union_of_leaf=_statement(UNION, ENTITY, thief))),
        ("statement-forged", "Somebody else signed the intermediate's statement in its name.",
         _realm(union_of_leaf=_statement(UNION, ENTITY, thief, {"kid": key(UNION).thumbprint}))),
        ("anchor-statement-forged", "Somebody else signed the anchor's statement in its name.",
         _realm(anchor_of_union=_statement(ANCHOR, UNION, thief, {"kid": key(ANCHOR).thumbprint}))),
        ("anchor-of-another-key", "Whoever holds the anchor's host has not its pinned key.",
         _realm(anchor=_statement(ANCHOR, ANCHOR, thief, jwks=theirs),
                anchor_of_union=_statement(ANCHOR, UNION, thief))),
        ("statement-of-somebody-else", "The statement that was asked for speaks of another entity.",
         _realm(union_of_leaf=_statement(UNION, "https://other.example"))),
        ("statement-without-keys", "The statement names no keys of the issuer.",
         _realm(union_of_leaf=_statement(UNION, ENTITY, jwks=...))),
        ("statement-other-type", "A statement that was made for something else.",
         _realm(union_of_leaf=_statement(UNION, ENTITY, header={"typ": "JWT"}))),
        ("statement-without-kid", "A statement that does not name its key.",
         _realm(union_of_leaf=_statement(UNION, ENTITY, header={"kid": ...}))),
        ("statement-critical", "It demands an extension.",
         _realm(union_of_leaf=_statement(UNION, ENTITY, crit=["jti"], jti="1"))),
        ("statement-from-the-future", "It was made tomorrow.",
         _realm(union_of_leaf=_statement(UNION, ENTITY, iat=NOW + 86_400))),
        ("path-too-long", "The anchor permits no intermediate.",
         _realm(anchor_of_union=_statement(ANCHOR, UNION, constraints={"max_path_length": 0}))),
        ("name-not-permitted", "The anchor permits other names.",
         _realm(anchor_of_union=_statement(
             ANCHOR, UNION, constraints={"naming_constraints": {"permitted": ["union.example"]}}))),
        ("name-excluded", "The anchor excludes the issuer's name, whatever it permits.",
         _realm(anchor_of_union=_statement(ANCHOR, UNION, constraints={"naming_constraints": {
             "permitted": [".example"], "excluded": ["issuer.example"]}}))),
    )  # fmt: skip
    for name, title, network in broken:
        yield _case(f"chain-{name}", title, rule, _federation(), network, untrusted("standing.invalid"))
    for name, told in (
        ("anchor", {"anchor": _statement(ANCHOR, ANCHOR, **past)}),
        ("union", {"union": _statement(UNION, UNION, authority_hints=[ANCHOR], **past)}),
        ("leaf", {"leaf": _statement(ENTITY, ENTITY, authority_hints=[UNION], **past)}),
        ("anchor-statement", {"anchor_of_union": _statement(ANCHOR, UNION, **past)}),
        ("union-statement", {"union_of_leaf": _statement(UNION, ENTITY, **past)}),
    ):
        title = f"One statement of the chain has ended: {name}."
        network = _realm(**told)
        yield _case(f"chain-expired-{name}", title, rule, _federation(), network, untrusted("standing.stale"))
    out_of_reach = {url: found for url, found in _realm().items() if not url.startswith(UNION)}
    title = "The intermediate is out of reach."
    expect = untrusted("standing.unreachable")
    yield _case("chain-unreachable", title, f"{OIDF}, section 9", _federation(), out_of_reach, expect)


def _stated() -> Iterator[Case]:
    """Registries that state DIDs, as the Digital Credentials Consortium's does."""
    rule, name = f"{OIDF}, section 8.1", {"federation_entity": {"organization_name": "Example Academy"}}
    did, thief = ISSUER.did, key("attacker")
    good = _statement(ANCHOR, did, jwks=..., metadata=name)
    title = "The anchor states the issuer's DID."
    yield _case("did-stated", title, rule, _federation(), _realm(anchor_of_did=good), valid(VOUCHED))
    for case_name, title, statement, reason in (
        ("did-stated-forged", "Somebody else signed the anchor's statement about the DID.",
         _statement(ANCHOR, did, thief, {"kid": key(ANCHOR).thumbprint}, jwks=...), "standing.invalid"),
        ("did-stated-expired", "The anchor's statement about the DID has ended.",
         _statement(ANCHOR, did, jwks=..., exp=NOW - 3_600), "standing.stale"),
        ("did-stated-of-another", "The answer speaks of another DID.",
         _statement(ANCHOR, "did:web:other.example", jwks=...), "standing.invalid"),
    ):  # fmt: skip
        network = _realm(anchor_of_did=statement)
        yield _case(case_name, title, rule, _federation(), network, untrusted(reason))
