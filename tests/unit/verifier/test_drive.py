"""The two ways to drive the pipeline, alone and with nothing but the base install."""

import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.verifier.test_embedded import prove, twins
from tests.unit.verifier.test_formats import Holder, bare, enveloped, vc_jwt
from tests.unit.verifier.world import NOW, Key, World, edit
from verifier import Https, averify, verify
from verifier.drive import MOST_ASKED
from verifier.fetch import Answer, Fetched, Need
from verifier.trust import write_trust_folder


def test_blocking_without_a_loop(world: World) -> None:
    assert verify(world.sign(), trust=world.trust, fetch=world, clock=lambda: NOW).verdict == "valid"


async def test_blocking_within_a_running_loop(world: World) -> None:
    assert verify(world.sign(), trust=world.trust, fetch=world, clock=lambda: NOW).verdict == "valid"


async def test_both_ways_give_the_same_report(world: World) -> None:
    token = world.sign()
    blocking = verify(token.encode(), trust=world.trust, fetch=world, clock=lambda: NOW)
    assert blocking == await world.verify(token)


async def test_a_fetch_that_raises_is_silence(world: World) -> None:
    class Broken:
        async def get(self, need: Need) -> Answer:
            raise KeyError(need.url)

    report = await world.verify(world.sign(), fetch=Broken())
    assert report.of("issuer_key")[0].reason == "issuer_key.unreachable"
    assert "KeyError" in report.of("issuer_key")[0].detail


async def test_no_verification_asks_for_ever_more(world: World) -> None:
    """Sixteen credentials with eight lists each, elsewhere; then one whose graph is hard to name."""
    lists = [
        {
            "id": f"urn:entry:{number}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "1",
            "statusListCredential": f"https://list{number}.example/",
        }
        for number in range(8)
    ]
    many = enveloped(vc_jwt(world, edit(bare(world.badge()), "credentialStatus", lists)))
    hard = prove(bare(world.badge()), Key("EdDSA"), world.did) | twins(world)
    report = await world.verify(Holder().present(world, *[many] * 15, hard))
    assert len(world.asked) == MOST_ASKED
    *_, last, hard_one = report.enclosed
    status = [found.detail for found in last.checks if found.check == "status"]
    assert [f"{MOST_ASKED} things" in detail for detail in status] == [True] * 8
    assert "proof.complexity" in [found.reason for found in hard_one.checks]
    assert report.verdict != "valid"


async def test_defaults_are_the_network_and_the_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def get(_self: Https, need: Need) -> Answer:
        asked.append(need.url)
        return await world.get(need)

    monkeypatch.setattr(Https, "get", get)
    report = await averify(world.sign(world.badge(validUntil=..., credentialStatus=...)))
    assert asked == [f"{world.base}/did.json"]
    assert datetime.fromisoformat(report.verified_at) - datetime.now(UTC) < timedelta(minutes=1)


def test_the_base_install_verifies_offline(world: World, tmp_path: Path) -> None:
    """Without Litestar, asyncpg, httpcore and everything else that is an extra."""
    (tmp_path / "badge.jwt").write_text(world.sign())
    documents = [answer for answer in world.published.values() if isinstance(answer, Fetched)]
    write_trust_folder(tmp_path / "trust", documents, {world.did: "Register"}, at=NOW)
    program = """
        import sys
        class Absent:
            names = {"litestar", "asyncpg", "uvicorn", "httpcore", "httpx", "anyio", "jinja2", "jwt",
                     "qrcode", "PIL", "pyld", "starlette", "idna", "certifi", "issuer"}
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in self.names:
                    raise ModuleNotFoundError(name)
        sys.meta_path.insert(0, Absent())
        from datetime import UTC, datetime
        from pathlib import Path
        from verifier import Snapshot, verify
        snapshot = Snapshot(Path("trust"))
        clock = lambda: datetime(2026, 11, 23, 12, tzinfo=UTC)
        token = Path("badge.jwt").read_bytes()
        print(verify(token, trust=snapshot.trust, fetch=snapshot, clock=clock).verdict)
        print(verify(token, clock=clock).of("issuer_key")[0].detail)
        from verifier.cli import verify as command
        command(["badge.jwt", "--trust", "trust"])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[0] == "valid", done.stderr
    assert 'Install "assay[online]"' in done.stdout.splitlines()[1]
    # The command uses today's clock, and the list of the test's day may have expired by now.
    assert done.returncode in {0, 2}
    assert done.stdout.splitlines()[2].startswith("Genuine")
