"""OpenID Federation: from an issuer up to the pinned anchor, every hop checked and every walk bounded."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from tests.unit.verifier.world import NOW, Key, World, told
from verifier import TrustStore
from verifier.fetch import Answer, Fetched, Unreachable
from verifier.trust import Standing
from verifier.trust.entity import TYPE, WELL_KNOWN
from verifier.trust.federation import MOST_FETCHES, Federation, entity_of
from verifier.trust.pinned_keys import pinned

ANCHOR, UNION, SCHOOL = "https://anchor.example", "https://union.example", "https://school.example"
DID = "did:web:school.example"
NAME = "Federation of Examples"


def well_known(entity: str) -> str:
    return entity + WELL_KNOWN


def fetch_url(superior: str, subject: str) -> str:
    return f"{superior}/fetch?sub={quote(subject, safe='')}"


class Realm:
    """Anchor, union and school, each with a key; every claim of every statement may be changed."""

    def __init__(self) -> None:
        self.keys = {entity: Key() for entity in (ANCHOR, UNION, SCHOOL)}
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.configure(ANCHOR, authority_hints=...)
        self.configure(UNION, authority_hints=[ANCHOR])
        self.configure(SCHOOL, authority_hints=[UNION])
        self.state(ANCHOR, UNION)
        self.state(UNION, SCHOOL)

    def sign(self, claims: Mapping[str, Any], key: Key, **header: Any) -> bytes:
        made = {"alg": "ES256", "kid": key.kid, "typ": TYPE, **header}
        made = {name: value for name, value in made.items() if value is not ...}
        payload = {name: value for name, value in claims.items() if value is not ...}
        return key.token(made, msgspec.json.encode(payload)).encode()

    def usual(self, issuer: str, subject: str) -> dict[str, Any]:
        keys = [self.keys[subject].jwk] if subject in self.keys else []
        return {
            "iss": issuer,
            "sub": subject,
            "iat": NOW.timestamp() - 60,
            "exp": NOW.timestamp() + 3600,
            "jwks": {"keys": keys} if keys else ...,
        }

    def publish(self, url: str, body: bytes, media_type: str = "application/entity-statement+jwt") -> None:
        self.pages[url] = Fetched(url, body, media_type, 200, NOW, "the test")

    def configure(self, entity: str, key: Key | None = None, header: Any = None, **changes: Any) -> None:
        metadata = {"federation_entity": {"federation_fetch_endpoint": f"{entity}/fetch"}, "issuer": {}}
        claims = {**self.usual(entity, entity), "metadata": metadata, **changes}
        self.publish(well_known(entity), self.sign(claims, key or self.keys[entity], **(header or {})))

    def state(
        self, superior: str, subject: str, key: Key | None = None, header: Any = None, **changes: Any
    ) -> None:
        metadata = {"federation_entity": {"organization_name": f"The {subject.partition('//')[2]}"}}
        claims = {**self.usual(superior, subject), "metadata": metadata, **changes}
        body = self.sign(claims, key or self.keys[superior], **(header or {}))
        self.publish(fetch_url(superior, subject), body)

    def ask(self, issuer_id: str = DID, now: datetime = NOW, **changes: Any) -> Standing:
        usual: dict[str, Any] = {"name": NAME, "anchor": ANCHOR, "keys": pinned([self.keys[ANCHOR].jwk])}
        asking = Federation(**{**usual, **changes}).ask(issuer_id, now)
        try:
            need = next(asking)
            while True:
                assert need.kind == "entity_statement"
                self.asked.append(need.url)
                missing = Unreachable(need.url, "fetch.status", "The answer's status is 404.", 404)
                need = asking.send(self.pages.get(need.url, missing))
        except StopIteration as done:
            found: Standing = done.value
            return found


@pytest.fixture
def realm() -> Realm:
    return Realm()


def test_a_chain_of_three(realm: Realm) -> None:
    for issuer in (DID, SCHOOL):
        found = realm.ask(issuer)
        assert found == Standing(
            NAME,
            "vouched",
            f"{NAME} vouches for this issuer as “The school.example” through {UNION}. ({ANCHOR})",
            NOW,
            ("The school.example",),
        )
    assert realm.asked[-5:] == [
        well_known(SCHOOL),
        well_known(UNION),
        fetch_url(UNION, SCHOOL),
        well_known(ANCHOR),
        fetch_url(ANCHOR, UNION),
    ]


def test_a_chain_of_two_and_of_one(realm: Realm) -> None:
    realm.configure(SCHOOL, authority_hints=[UNION, ANCHOR])
    realm.state(ANCHOR, SCHOOL, metadata=...)
    found = realm.ask(SCHOOL)
    assert (found.says, found.names) == ("vouched", ())
    assert "through" not in found.statement
    assert well_known(UNION) not in realm.asked  # the anchor is tried first
    assert realm.ask(ANCHOR).says == "vouched"


@pytest.mark.parametrize("issuer", ["did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", DID])
def test_a_registry_that_states_dids_is_asked_from_above(realm: Realm, issuer: str) -> None:
    """As the Digital Credentials Consortium's registry does: the subject is a DID, without own keys."""
    realm.state(ANCHOR, issuer, metadata={"federation_entity": {"organization_name": "One University"}})
    found = realm.ask(issuer)
    assert (found.says, found.names) == ("vouched", ("One University",))
    assert realm.asked == [well_known(ANCHOR), fetch_url(ANCHOR, issuer)]


@pytest.mark.parametrize("name", ["", [], ["The school"], {"en": "The school"}, 7, True])
def test_a_name_that_is_no_text_is_no_name(realm: Realm, name: Any) -> None:
    realm.configure(SCHOOL, authority_hints=[ANCHOR])
    realm.state(ANCHOR, SCHOOL, metadata={"federation_entity": {"organization_name": name}})
    found = realm.ask(SCHOOL)
    assert (found.says, found.names) == ("vouched", ())


def test_who_is_not_listed(realm: Realm) -> None:
    assert realm.ask("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK").says == "not_listed"
    assert realm.ask("https://elsewhere.example").says == "not_listed"
    assert realm.ask("urn:uuid:1").says == "not_listed"
    assert realm.ask("https://elsewhere.example/?a=b").says == "not_listed"
    realm.publish(well_known("https://page.example"), b"<html>", "text/html")
    assert realm.ask("https://page.example").says == "not_listed"
    for hints in (..., [SCHOOL], ["https://elsewhere.example"]):
        realm.configure(SCHOOL, authority_hints=hints)
        expected = "unreachable" if hints == ["https://elsewhere.example"] else "not_listed"
        assert realm.ask().says == expected, hints
    realm.configure(SCHOOL, authority_hints=[UNION])
    del realm.pages[fetch_url(UNION, SCHOOL)]
    assert realm.ask().says == "not_listed"
    realm.pages[well_known(SCHOOL)] = Fetched(well_known(SCHOOL), b"", "", 410, NOW, "x")
    assert realm.ask().says == "not_listed"


def test_an_anchor_that_knows_no_dids_is_not_an_outage(realm: Realm) -> None:
    url = fetch_url(ANCHOR, DID)
    realm.pages[url] = Unreachable(url, "fetch.status", "The answer's status is 400.", 400)
    assert realm.ask().says == "vouched"
    realm.pages[url] = Unreachable(url, "fetch.unavailable", "The server cannot answer now.")
    assert realm.ask().says == "unreachable"


@pytest.mark.parametrize("entity", [ANCHOR, UNION, SCHOOL])
def test_every_hop_can_be_out_of_reach(realm: Realm, entity: str) -> None:
    realm.pages[well_known(entity)] = Unreachable(well_known(entity), "fetch.timeout", "No answer.")
    found = realm.ask(SCHOOL)
    assert found.says == "unreachable"
    assert found.statement == f"{NAME} could not be asked about this issuer. No answer. ({ANCHOR})"


HOPS = ["anchor configures", "union configures", "school configures", "anchor states", "union states"]


def change(realm: Realm, hop: str, **changes: Any) -> None:
    who, kind = hop.split()
    entity = {"anchor": ANCHOR, "union": UNION, "school": SCHOOL}[who]
    hints = {ANCHOR: ..., UNION: [ANCHOR], SCHOOL: [UNION]}[entity]
    if kind == "configures":
        realm.configure(entity, **{"authority_hints": hints, **changes})
    else:
        realm.state(entity, {ANCHOR: UNION, UNION: SCHOOL}[entity], **changes)


@pytest.mark.parametrize("hop", HOPS)
def test_every_signature_counts(realm: Realm, hop: str) -> None:
    thief = Key()
    change(realm, hop, key=thief)
    assert realm.ask(SCHOOL).says == "invalid"
    # Under the honest key's name; and with the thief's key listed, where that is the thief's to say.
    honest = {"anchor": ANCHOR, "union": UNION, "school": SCHOOL}[hop.split(maxsplit=1)[0]]
    change(realm, hop, key=thief, header={"kid": realm.keys[honest].kid})
    assert realm.ask(SCHOOL).says == "invalid"
    if hop.endswith("configures"):
        change(realm, hop, key=thief, jwks={"keys": [thief.jwk]})
        assert realm.ask(SCHOOL).says == "invalid"


@pytest.mark.parametrize("hop", HOPS)
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"exp": NOW.timestamp() - 60}, "stale"),
        ({"exp": NOW.timestamp() - 59}, "vouched"),
        ({"iat": NOW.timestamp() + 61}, "invalid"),
        ({"iat": NOW.timestamp() + 60}, "vouched"),
        ({"exp": ...}, "invalid"),
        ({"iat": ...}, "invalid"),
        ({"exp": "2030-01-01"}, "invalid"),
        ({"exp": 1e300}, "invalid"),
        ({"iss": "https://other.example"}, "invalid"),
        ({"sub": "https://other.example"}, "invalid"),
        ({"jwks": ...}, "invalid"),
        ({"jwks": {"keys": []}}, "invalid"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "invalid"),
        ({"crit": ["unknown"]}, "invalid"),
        ({"metadata_policy_crit": ["regexp"]}, "invalid"),
        ({"authority_hints": []}, "invalid"),
        ({"metadata": {"federation_entity": {"organization_name": None}}}, "invalid"),
        ({"header": {"typ": "JWT"}}, "invalid"),
        ({"header": {"typ": ...}}, "invalid"),
        ({"header": {"kid": ...}}, "invalid"),
        ({"header": {"kid": ""}}, "invalid"),
        ({"header": {"alg": "none"}}, "invalid"),
    ],
)
def test_every_hop_is_validated(realm: Realm, hop: str, changes: dict[str, Any], says: str) -> None:
    change(realm, hop, **changes)
    assert realm.ask(SCHOOL).says == says


def test_members_of_the_other_kind_of_statement() -> None:
    for hop, changes in (
        ("school configures", {"constraints": {"max_path_length": 1}}),
        ("union configures", {"metadata_policy": {}}),
        ("union states", {"authority_hints": [ANCHOR]}),
        ("anchor states", {"constraints": {"max_path_length": -1}}),
    ):
        fresh = Realm()
        change(fresh, hop, **changes)
        assert fresh.ask(SCHOOL).says == "invalid", hop


def test_keys_that_are_not_ours_to_use_are_passed_over(realm: Realm) -> None:
    keys = [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "old"}, realm.keys[UNION].jwk]
    realm.configure(UNION, authority_hints=[ANCHOR], jwks={"keys": keys})
    realm.state(ANCHOR, UNION, jwks={"keys": keys})
    assert realm.ask(SCHOOL).says == "vouched"


def test_an_anchor_whose_key_is_not_the_pinned_one(realm: Realm) -> None:
    """Whoever controls the anchor's host, but not its key, vouches for nobody."""
    assert realm.ask(SCHOOL, keys=pinned([Key().jwk])).says == "invalid"
    assert realm.ask("did:key:z6Mk", keys=pinned([Key().jwk])).says == "invalid"


def test_an_anchor_rolls_its_keys_over(realm: Realm) -> None:
    """Section 11: its configuration, signed with the pinned key, names the one that signs statements now."""
    later = Key()
    realm.configure(ANCHOR, authority_hints=..., jwks={"keys": [realm.keys[ANCHOR].jwk, later.jwk]})
    realm.state(ANCHOR, UNION, key=later)
    assert realm.ask(SCHOOL).says == "vouched"


def test_greatest_length_of_a_path() -> None:
    for hop, limit, says in (
        ("anchor states", 1, "vouched"),
        ("anchor states", 0, "invalid"),
        ("union states", 0, "vouched"),
    ):
        fresh = Realm()
        change(fresh, hop, constraints={"max_path_length": limit, "unknown": True})
        assert fresh.ask(SCHOOL).says == says, hop


@pytest.mark.parametrize(
    ("constraints", "says"),
    [
        ({"permitted": [".example"]}, "vouched"),
        ({"permitted": ["school.example", "UNION.example"]}, "vouched"),
        ({"permitted": ["union.example"]}, "invalid"),
        ({"permitted": [".school.example"]}, "invalid"),
        ({"permitted": []}, "invalid"),
        ({"excluded": ["school.example"]}, "invalid"),
        ({"permitted": [".example"], "excluded": [".example"]}, "invalid"),
        ({"excluded": ["other.example"]}, "vouched"),
    ],
)
def test_names_that_a_superior_permits(realm: Realm, constraints: dict[str, Any], says: str) -> None:
    realm.state(ANCHOR, UNION, constraints={"naming_constraints": constraints})
    assert realm.ask(SCHOOL).says == says


def test_entity_types_where_one_is_asked_for(realm: Realm) -> None:
    assert realm.ask(SCHOOL, entity_types=("issuer", "other")).says == "vouched"
    assert realm.ask(SCHOOL, entity_types=("openid_provider",)).says == "not_listed"
    realm.state(ANCHOR, UNION, constraints={"allowed_entity_types": ["openid_provider"]})
    assert realm.ask(SCHOOL, entity_types=("issuer",)).says == "not_listed"
    assert realm.ask(SCHOOL, entity_types=("federation_entity",)).says == "vouched"
    assert realm.ask(SCHOOL).says == "vouched"
    realm.configure(SCHOOL, authority_hints=[UNION], metadata=...)
    assert realm.ask(SCHOOL, entity_types=("issuer",)).says == "not_listed"


@pytest.mark.parametrize("endpoint", [None, 7, "http://union.example/fetch", "https://union.example/f#x"])
def test_a_superior_without_an_address_for_statements(realm: Realm, endpoint: Any) -> None:
    metadata = {"federation_entity": {} if endpoint is None else {"federation_fetch_endpoint": endpoint}}
    realm.configure(UNION, authority_hints=[ANCHOR], metadata=metadata)
    assert realm.ask(SCHOOL).says == "invalid"


def test_an_address_for_statements_may_have_a_query(realm: Realm) -> None:
    metadata = {"federation_entity": {"federation_fetch_endpoint": f"{UNION}/fetch?v=1"}}
    realm.configure(UNION, authority_hints=[ANCHOR], metadata=metadata)
    page = realm.pages.pop(fetch_url(UNION, SCHOOL))
    realm.pages[f"{UNION}/fetch?v=1&sub={quote(SCHOOL, safe='')}"] = page
    assert realm.ask(SCHOOL).says == "vouched"


def test_a_way_that_leads_nowhere_does_not_hide_one_that_does(realm: Realm) -> None:
    realm.configure(SCHOOL, authority_hints=["https://down.example", UNION])
    assert realm.ask(SCHOOL).says == "vouched"


def test_walks_in_circles_and_mazes_end(realm: Realm) -> None:
    realm.configure(UNION, authority_hints=[SCHOOL, UNION])
    realm.state(SCHOOL, UNION)
    assert realm.ask(SCHOOL).says == "not_listed"
    assert len(realm.asked) <= MOST_FETCHES
    # A stranger who names superior after superior, all of them his own.
    maze = [f"https://maze{number}.example" for number in range(40)]
    realm.keys |= {entity: Key() for entity in maze}
    for entity in maze:
        realm.configure(entity, authority_hints=maze)
        for other in maze[:12]:
            realm.state(entity, other)
    realm.asked.clear()
    assert realm.ask(maze[0]).says == "invalid"
    assert len(realm.asked) == MOST_FETCHES


def test_a_tower_is_climbed_so_far_only(realm: Realm) -> None:
    for height, says in ((3, "vouched"), (4, "vouched"), (5, "not_listed")):
        tower = [f"https://floor{number}.example" for number in range(height)]
        realm.keys |= {entity: Key() for entity in tower}
        for below, above in zip([SCHOOL, *tower], [*tower, ANCHOR], strict=True):
            realm.configure(below, authority_hints=[above])
            realm.state(above, below)
        assert realm.ask(SCHOOL).says == says, height


def test_entities_of_issuers() -> None:
    assert entity_of("did:web:school.example") == SCHOOL
    assert entity_of("did:web:school.example:o:north") == f"{SCHOOL}/o/north"
    assert entity_of("did:web:school.example%3A8443") == f"{SCHOOL}:8443"
    assert entity_of("https://school.example/o/north") == f"{SCHOOL}/o/north"
    assert entity_of("did:key:z6Mk") is None
    assert entity_of("https://school.example/#me") is None
    assert entity_of("http://school.example") is None


async def test_within_a_verification(world: World, realm: Realm) -> None:
    entity = "https://issuer.example/o/demo"
    realm.keys[entity] = Key()
    realm.configure(entity, authority_hints=[ANCHOR])
    realm.state(ANCHOR, entity, metadata=...)
    world.published |= {url: page for url, page in realm.pages.items() if isinstance(page, Fetched)}
    source = Federation(NAME, ANCHOR, pinned([realm.keys[ANCHOR].jwk]))
    trust = TrustStore(sources=(source,))
    report = await world.verify(world.sign(), trust=trust)
    assert told(report, "standing") == [("pass", "standing.vouched")]
    assert report.of("standing")[0].source == NAME
    assert [need.kind for need in world.asked] == ["issuer_key", "status_list", *["entity_statement"] * 4]
    world.asked.clear()
    await world.verify(world.sign(key=Key()), trust=trust)
    assert "entity_statement" not in {need.kind for need in world.asked}
    world.now += timedelta(hours=2)
    world.publish_list()
    late = await world.verify(world.sign(), trust=trust)
    assert told(late, "standing") == [("unknown", "standing.stale"), ("unknown", "standing.unknown")]
