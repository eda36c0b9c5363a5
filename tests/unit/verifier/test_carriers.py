"""Step 1: what was handed over."""

import importlib
import pkgutil

import pytest

from schemas.report import Report
from tests.unit.verifier.world import World, told
from verifier import carriers
from verifier.carriers import CARRIERS, find, text
from verifier.fetch import Unreachable

LINK = "https://issuer.example/c/demo.abc"


def test_every_carrier_module_stands_in_the_tuple() -> None:
    modules = {name for _, name, _ in pkgutil.iter_modules(carriers.__path__)} - {"found", "inside"}
    found = {importlib.import_module(f"verifier.carriers.{name}").find for name in modules}
    assert set(CARRIERS) == {*found, text.find_token}


@pytest.mark.parametrize(
    ("evidence", "kind"),
    [
        (b"eyJhbGciOiJFUzI1NiJ9.e30.AA", "token"),
        (b"  eyJhbGciOiJFUzI1NiJ9.\r\n e30.AA\n", "token"),
        (b"!yJ.e30.AA", "token"),
        (b"eyJ", "token"),
        (b' {"a": 1}', "json"),
        (b"[]", "json"),
        (b'\xef\xbb\xbf{"a": 1}', "json"),
        (b"https://issuer.example/c/x", "link"),
        (b" HTTP://localhost:8000/c/x\n", "link"),
        (b"\x89PNG\r\n\x1a\n...", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"%PDF-1.7", "unsupported"),
        (b"<svg xmlns=", "refused"),
        (b"eyJhbGciOiJFUzI1NiJ9.e30.AA~WyJd~", "unsupported"),
    ],
)
def test_recognition(evidence: bytes, kind: str) -> None:
    found = find(evidence)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "evidence",
    [b"hello", b"a.b", b"a b.c.d", b"<html>", b"\x00\x01", b"https://a b", b"https://" + b"a" * 3_000],
)
def test_what_is_nothing(evidence: bytes) -> None:
    assert find(evidence) is None


async def test_a_link_is_followed_once(world: World) -> None:
    world.publish(LINK, world.sign().encode() + b"\n", "text/plain")
    for link in (LINK, f"{LINK}/verify", f" {LINK}/verify/ "):
        world.asked.clear()
        report = await world.verify(link)
        assert report.verdict == "valid"
        assert [need.kind for need in world.asked] == ["credential", "issuer_key", "status_list"]
        assert report.of("carrier")[0].source == f"{LINK} (the test)"
    world.publish(LINK, b"https://issuer.example/c/demo.other")
    assert told(await world.verify(LINK), "carrier") == [("fail", "carrier.unrecognised")]


@pytest.mark.parametrize(
    ("body", "media_type", "said"),
    [
        (
            b"<!doctype html>",
            "text/html; charset=utf-8",
            "The link leads to a web page. Look there for a file",
        ),
        (b"hello", "text/plain", "It is no token, JSON document, link or picture that could hold one."),
        (
            b"https://issuer.example/c/demo.other",
            "text/html",
            "The link leads on, to another link or a picture.",
        ),
        (b"", "text/html", "There is nothing here."),
    ],
)
async def test_what_a_link_leads_to_is_told(world: World, body: bytes, media_type: str, said: str) -> None:
    world.publish(LINK, body, media_type)
    report = await world.verify(LINK)
    assert report.of("carrier")[0].detail.startswith(said)
    assert (report.verdict, report.authenticity) == ("invalid", "cannot_tell")


async def test_links_that_lead_nowhere(world: World) -> None:
    report = await world.verify(LINK)
    assert told(report, "carrier") == [("unknown", "carrier.unreachable")]
    assert (report.verdict, report.authenticity) == ("undetermined", "cannot_tell")
    world.publish(LINK, b"", status=410)
    assert told(await world.verify(LINK), "carrier") == [("unknown", "carrier.unreachable")]
    world.published[LINK] = Unreachable(LINK, "fetch.refused", "Refused.")
    assert told(await world.verify(LINK), "carrier") == [("unknown", "carrier.unreachable")]


def outcome(report: Report) -> tuple[str, str, str]:
    return report.of("carrier")[0].reason.value, report.verdict, report.authenticity


async def test_what_cannot_be_a_credential(world: World) -> None:
    assert outcome(await world.verify(b"")) == ("carrier.empty", "invalid", "cannot_tell")
    assert outcome(await world.verify(" \n")) == ("carrier.empty", "invalid", "cannot_tell")
    assert outcome(await world.verify("hello")) == ("carrier.unrecognised", "invalid", "cannot_tell")
    assert outcome(await world.verify(b"%PDF-1.7")) == ("carrier.unsupported", "undetermined", "cannot_tell")
    huge = b"eyJ." + b"a" * (262_144 - 4)
    assert outcome(await world.verify(huge)) == ("carrier.token", "invalid", "not_genuine")
    huge += b"a"
    assert outcome(await world.verify(huge)) == ("carrier.too_large", "invalid", "cannot_tell")
    assert world.asked == []
