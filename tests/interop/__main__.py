"""`make interop`: do other people's verifiers and ours agree about what each of us makes?

Takes the folder that holds verify.mjs and its packages; prints a matrix, and writes it there as matrix.json.
Ends with 1 where they disagree and known.py does not say why.
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from issuer.issuance.profiles import BY_NAME
from keys.did.web import locate
from tests.interop import known, material, peers
from tests.interop.material import ALGORITHMS, NOW, Item, Network, kid, signer
from tests.vectors.maker.embed import ED2020
from tests.vectors.maker.keys import Key, base58, key
from tests.vectors.maker.world import edit
from verifier import verify
from verifier.fetch import Fetch
from verifier.recorded import Body, Recorded, Recording

FOLDER = Path(__file__).parent


class Peer(NamedTuple):
    """A verifier: what it reads, what it checks; in Python, or (None) in the process of verify.mjs.

    `json`: of the two forms of a list it asks for the one with an embedded proof.
    """

    name: str
    forms: tuple[str, ...]
    checks: frozenset[str]
    accept: Callable[[Item, Network], None] | None
    json: bool = False


SIGNATURE, TIMES = frozenset({"signature"}), frozenset({"signature", "time"})
ALL = frozenset({"signature", "time", "issuer", "status"})
JOSE = ("ob3-jwt", "vc+jwt")
RDFC, JCS = "eddsa-rdfc-2022", "eddsa-jcs-2022"
EMBEDDED = (RDFC, JCS)
OLDER = "Ed25519Signature2020"

PEERS = (
    Peer("PyJWT", JOSE, TIMES, peers.pyjwt),
    Peer("joserfc", JOSE, TIMES, peers.joserfc),
    Peer("openvc-core", (*JOSE, *EMBEDDED), ALL, peers.openvc, json=True),
    Peer("openbadgeslib", ("ob3-jwt", RDFC), ALL, peers.openbadgeslib),
    Peer("PyLD", (RDFC,), TIMES, peers.canonicaliser),
    Peer("rfc8785", (JCS,), TIMES, peers.canonicaliser),
    Peer("jose", JOSE, TIMES, None),
    Peer("@digitalbazaar/vc", EMBEDDED, TIMES, None),
    Peer("@digitalcredentials/verifier-core", (RDFC,), ALL - {"issuer"}, None),
)


BADGE = json.loads(material.payload(BY_NAME["ob3-jwt"]))
DOCUMENT = json.loads(material.payload(BY_NAME[RDFC]))
# openvc-core writes `nbf` itself, as the moment of signing; an issuanceDate would have to be the same.
UNDATED = edit(material.older(DOCUMENT), "issuanceDate", ...)
# openbadgeslib's model of a badge has no levels, which our results refer to.
SIMPLE = edit(
    edit(DOCUMENT, "credentialSubject/result", ...), "credentialSubject/achievement/resultDescription", ...
)


class Made(NamedTuple):
    """Theirs, for us to judge."""

    maker: str
    item: Item


class Answer(NamedTuple):
    """What a verifier said of an item, and whether it is right."""

    peer: str
    direction: str
    item: Item
    accepted: bool
    detail: str

    @property
    def right(self) -> bool:
        return self.accepted is self.item.genuine

    @property
    def reason(self) -> str | None:
        """Why it differs, where that is known."""
        return next(
            (
                why
                for (peer, direction, form, name), why in known.DISAGREEMENTS.items()
                if peer == self.peer
                and direction == self.direction
                and self.item.form.startswith(form)
                and name in (self.item.name, "*")
            ),
            None,
        )


def ours(items: list[Item], node: Mapping[str, Any]) -> Iterator[Answer]:
    """Our credentials before their verifiers."""
    for peer in PEERS:
        for item in items:
            if not item.form.startswith(peer.forms) or item.needs not in peer.checks:
                continue
            if peer.accept is None:
                said = node["results"][f"{peer.name} {item.id}"]
                yield Answer(peer.name, "ours", item, said["accepted"], said["detail"])
                continue
            try:
                peer.accept(item, _published(item, json=peer.json))
            except Exception as error:  # noqa: BLE001 - they refuse by exceptions of many kinds
                yield Answer(
                    peer.name, "ours", item, accepted=False, detail=f"{type(error).__name__}: {error}"[:300]
                )
            else:
                yield Answer(peer.name, "ours", item, accepted=True, detail="")


def _published(item: Item, *, json: bool = False) -> Network:
    published = material.REVOKED if item.name == "revoked" else material.PUBLISHED
    return published[material.JSON if json else item.alg]


def theirs(node: Mapping[str, Any]) -> Iterator[Made]:
    """What they make of the same document, and what can be done to that."""
    for maker, form, alg, make in _makers(node):
        evidence = make(signer(alg))
        name = f"{form} {alg}"
        yield Made(maker, Item(name, "genuine", "signature", evidence, alg))
        for change, forged in material.forgeries(evidence).items():
            yield Made(maker, Item(name, change, "signature", forged, alg))
        yield Made(maker, Item(name, "other key", "signature", make(key("attacker", alg)), alg))
        if form not in ("vcdm1.1-jwt", OLDER):  # these have no list
            yield Made(maker, Item(name, "revoked", "status", evidence, alg))


def _makers(node: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Callable[[Key], str]]]:
    """Maker, form, algorithm, and what makes it with a key."""
    for maker, sign in (
        ("PyJWT", peers.make_pyjwt),
        ("joserfc", peers.make_joserfc),
        ("openbadgeslib", peers.make_openbadgeslib),
    ):
        for alg in ALGORITHMS:
            yield maker, "ob3-jwt", alg, partial(sign, BADGE, {"kid": kid(signer(alg)), "typ": "JWT"})
    for maker, suite, sign in (
        ("openvc-core", RDFC, peers.make_openvc),
        ("openvc-core", JCS, peers.make_openvc),
        ("openbadgeslib", RDFC, peers.make_openbadgeslib_embedded),
    ):
        yield (
            maker,
            suite,
            "EdDSA",
            partial(sign, SIMPLE if maker == "openbadgeslib" else DOCUMENT, {"suite": suite}),
        )
    for alg in ALGORITHMS:
        yield "jose", "ob3-jwt", alg, partial(_from_node, node, f"jose {alg}")
    yield "openvc-core", "vcdm1.1-jwt", "ES256", partial(peers.make_openvc_token, UNDATED, {})
    for suite in (*EMBEDDED, OLDER):
        yield "@digitalbazaar/vc", suite, "EdDSA", partial(_from_node, node, suite)


def _from_node(node: Mapping[str, Any], what: str, by: Key) -> str:
    made: str = node["made"][f"{what} {by.thumbprint}"]
    return made


def judged(made: Made) -> Answer:
    """Our answer."""
    network = {url: Body(media_type=kind, body=text) for url, (kind, text) in _published(made.item).items()}
    fetch: Fetch = Recorded(Recording(network), lambda: NOW)
    report = verify(made.item.evidence, fetch=fetch, clock=lambda: NOW)
    reasons = ", ".join(check.reason for check in report.checks if check.outcome in ("fail", "unknown"))
    return Answer(made.maker, "theirs", made.item, report.verdict == "valid", reasons)


def _node(items: list[Item]) -> dict[str, Any]:
    """One process of Node for all that is from npm."""
    asked = [
        {
            "id": f"{peer.name} {item.id}",
            "by": peer.name,
            "evidence": item.evidence,
            "key": signer(item.alg).jwk,
            "alg": item.alg,
            "network": "revoked" if item.name == "revoked" else "clear",
        }
        for peer in PEERS
        if peer.accept is None
        for item in items
        if item.form.startswith(peer.forms) and item.needs in peer.checks
    ]
    make = [_asked_of_jose(alg, by) for alg in ALGORITHMS for by in (signer(alg), key("attacker", alg))]
    ours, attacker = signer("EdDSA"), key("attacker", "EdDSA")
    make += [_asked_of_bazaar(suite, by) for suite in (*EMBEDDED, OLDER) for by in (ours, attacker)]
    question = {
        "contexts": {url: json.dumps(content) for url, content in material.CONTEXTS.items()},
        "networks": {"clear": _documents(material.PUBLISHED), "revoked": _documents(material.REVOKED)},
        "now": NOW.isoformat(),
        "items": asked,
        "make": make,
    }
    done = subprocess.run(
        ["node", str(Path(sys.argv[1]) / "verify.mjs")],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        sys.exit(f"node failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _asked_of_jose(alg: str, by: Key) -> dict[str, Any]:
    return {
        "id": f"jose {alg} {by.thumbprint}",
        "by": "jose",
        "document": BADGE,
        "key": peers.private_jwk(by),
        "alg": alg,
        "kid": kid(signer(alg)),
        "typ": "JWT",
    }


def _asked_of_bazaar(suite: str, by: Key) -> dict[str, Any]:
    seed = by.private.private_bytes_raw()
    return {
        "id": f"{suite} {by.thumbprint}",
        "by": "@digitalbazaar/vc",
        "document": material.older(SIMPLE, ED2020) if suite == OLDER else DOCUMENT,
        "suite": suite,
        "method": material.multikey(signer("EdDSA")),
        "controller": material.DID,
        "multibase": by.multibase,
        "secret": "z" + base58(b"\x80\x26" + seed),
    }


def _documents(networks: Mapping[str, Network]) -> dict[str, Any]:
    """What answers at addresses, and (for readers of JSON-LD) at the DID and the ids of its methods."""
    found = {url: {"mediaType": kind, "body": text} for url, (kind, text) in networks[material.JSON].items()}
    document = json.loads(networks[material.JSON][locate(material.DID)][1])
    found[material.DID] = {"mediaType": "application/did+json", "body": json.dumps(document)}
    for method in document["verificationMethod"]:
        if "publicKeyMultibase" in method:
            alone = {"@context": "https://w3id.org/security/multikey/v1", **method}
            found[method["id"]] = {"mediaType": "application/did+json", "body": json.dumps(alone)}
    return found


def table(answers: list[Answer]) -> str:
    """One row for each peer, direction and form."""
    rows: dict[tuple[str, str, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        rows[answer.peer, answer.direction, answer.item.form.rpartition(" ")[0]].append(answer)
    lines = [
        "| peer | made by | form | algorithms | genuine: accepted | forged: refused |",
        "|---|---|---|---|---|---|",
    ]
    for (peer, direction, form), found in rows.items():
        accepted = [answer.accepted for answer in found if answer.item.genuine]
        refused = [not answer.accepted for answer in found if not answer.item.genuine]
        by = "us" if direction == "ours" else "them"
        algorithms = ", ".join(dict.fromkeys(answer.item.alg for answer in found))
        counts = f"{sum(accepted)} of {len(accepted)} | {sum(refused)} of {len(refused)}"
        lines.append(f"| {peer} | {by} | {form} | {algorithms} | {counts} |")
    return "\n".join(lines)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    items = list(material.ours())
    node = _node(items)
    answers = [*ours(items, node), *(judged(made) for made in theirs(node))]
    say(table(answers))
    unexplained = [answer for answer in answers if not answer.right and answer.reason is None]
    stale = known.stale({(a.peer, a.direction, a.item.form, a.item.name) for a in answers if not a.right})
    (Path(sys.argv[1]) / "matrix.json").write_text(
        json.dumps(
            [
                {
                    "peer": answer.peer,
                    "madeBy": "us" if answer.direction == "ours" else answer.peer,
                    "form": answer.item.form,
                    "item": answer.item.name,
                    "accepted": answer.accepted,
                    "right": answer.right,
                    "why": answer.reason if not answer.right else None,
                    "detail": answer.detail,
                }
                for answer in answers
            ],
            indent=1,
        )
    )
    for answer in unexplained:
        verb = "accepts" if answer.accepted else "refuses"
        whose = "ours" if answer.direction == "ours" else "what it made"
        judge = answer.peer if answer.direction == "ours" else "we"
        say(f"! {answer.peer} ({whose}), {answer.item.id}: {judge} {verb} it. {answer.detail}")
    for entry in stale:
        say(f"! known.py explains what no longer happens: {entry}")
    differing = sum(not answer.right for answer in answers)
    say(f"{len(answers)} answers, {differing} differ, {len(unexplained)} without a reason")
    sys.exit(1 if unexplained or stale else 0)


if __name__ == "__main__":
    main()
