"""What a hostile token may cost, once its signature holds: CPU time and memory (docs, THREATS)."""

import asyncio
import tracemalloc
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.unit.verifier.world import World, edit
from tests.untraced import seconds

LONG = "https://x.example/" + "a" * 60_000
ACHIEVEMENT = "credentialSubject/achievement"
# Such a badge takes 0.8 ms where the bar is 200 ms; other machines stretch both alike.
ORDINARY = 250
BYTES = 32_000_000


def levels(badge: dict[str, Any]) -> dict[str, Any]:
    described = badge["credentialSubject"]["achievement"]["resultDescription"][0]["id"]
    badge = edit(
        badge,
        f"{ACHIEVEMENT}/resultDescription/0/rubricCriterionLevel",
        [{"id": f"u:{number}"} for number in range(4_000)],
    )
    result = {"type": "Result", "resultDescription": described, "achievedLevel": "u:x"}
    return edit(badge, "credentialSubject/result", [result] * 1_000)


HOSTILE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a long name above undefined members": lambda badge: {**badge, LONG: [{"z": 1}] * 5_000},
    "a long name above nulls": lambda badge: {**badge, LONG: [None] * 19_000},
    "a long name above contexts": lambda badge: {**badge, LONG: [{"@context": {"a": 1}}] * 5_000},
    "undefined types": lambda badge: edit(badge, "type", [f"a{number}" for number in range(18_000)]),
    "unknown contexts": lambda badge: edit(
        badge, "@context", [*badge["@context"], *(f"https://c.example/{number}" for number in range(6_000))]
    ),
    "related resources": lambda badge: edit(
        badge, "relatedResource", [{"id": f"u:{number}", "digestSRI": "x"} for number in range(5_500)]
    ),
    "results and levels": levels,
    "identities": lambda badge: edit(
        badge,
        "credentialSubject/identifier",
        [{"hashed": True, "identityType": "emailAddress", "identityHash": "sha256$"}] * 2_000,
    ),
    "status entries": lambda badge: edit(badge, "credentialStatus", [{"type": "x"}] * 12_000),
    "a name of ligatures": lambda badge: edit(
        badge, "issuer/name", "\N{ARABIC LIGATURE JALLAJALALOUHOU}" * 60_000
    ),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_signed_document_costs_little(world: World, hostile: str) -> None:
    token = world.sign(world.claims(HOSTILE[hostile](world.badge())))
    assert len(token) <= 262_144

    def verify() -> bytes:
        report = asyncio.run(world.verify(token, expected_recipient="ada@example.org"))
        assert report.authenticity == "genuine"
        return msgspec.json.encode(report)

    tracemalloc.start()
    verify()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < BYTES
    assert seconds(verify) < ORDINARY * ordinary(world)
    assert len(verify()) < 3 * len(token)


def ordinary(world: World) -> float:
    """CPU seconds for an everyday badge that is examined rule by rule."""
    token = world.sign(edit(world.badge(), f"{ACHIEVEMENT}/criteria", {"id": "https://x.example/criteria"}))

    async def verify() -> None:
        for _ in range(20):
            await world.verify(token, expected_recipient="ada@example.org")

    return seconds(lambda: asyncio.run(verify())) / 20
