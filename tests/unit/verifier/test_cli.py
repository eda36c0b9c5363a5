"""The command line: every exit status, and nothing from a credential that could steer a terminal."""

import errno
import io
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from schemas.report import Report
from tests.unit.verifier.carriers.pictures import chunk, itxt, png, qr
from tests.unit.verifier.world import World, edit, stamp
from verifier import __main__ as program
from verifier import cli
from verifier.errors import OriginRefused, TrustRefused
from verifier.fetch import Answer, Fetched, Need
from verifier.https import Https
from verifier.trust import write_trust_folder

Run = Callable[..., Result]


@pytest.fixture
def today(world: World) -> World:
    """The command uses the system's clock, so the world's documents are of today."""
    now = datetime.now(UTC).replace(microsecond=0)
    world.now = now
    start, end = stamp(now - timedelta(hours=1)), stamp(now + timedelta(days=7))
    world.publish_list(world.list_credential(validFrom=start, validUntil=end))
    return world


def badge(world: World, **changes: Any) -> str:
    now = world.now
    times = {"validFrom": stamp(now - timedelta(days=1)), "validUntil": stamp(now + timedelta(days=1))}
    return world.sign(world.badge(**{**times, **changes}))


@pytest.fixture
def trust(today: World, tmp_path: Path) -> Path:
    documents = [answer for answer in today.published.values() if isinstance(answer, Fetched)]
    write_trust_folder(tmp_path / "trust", documents, {today.did: "Register of Examples"}, at=today.now)
    return tmp_path / "trust"


@pytest.fixture
def run(trust: Path) -> Run:
    def invoke(*arguments: str, stdin: str | bytes = b"", folder: Path | None = trust) -> Result:
        trusted = [] if folder is None else ["--trust", str(folder)]
        return CliRunner().invoke(cli.verify, [*arguments, *trusted], input=stdin)

    return invoke


def test_valid_from_a_file_and_from_standard_input(run: Run, today: World, tmp_path: Path) -> None:
    file = tmp_path / "badge.jwt"
    file.write_text(badge(today))
    for result in (run(str(file)), run("-", stdin=badge(today))):
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        assert lines[0] == "Genuine and current"
        assert lines[1].startswith("Example Academy awarded SQL for analysts, Working to Ada Lovelace on ")
        assert lines[2] == "Taken without supervision: help from people or AI tools not excluded."
        assert lines[4].startswith("✓ carrier")
        assert len(lines) == 4 + 12


def test_valid_from_pictures(run: Run, today: World, tmp_path: Path) -> None:
    token = badge(today).encode()
    file = tmp_path / "badge.png"
    # As long as a picture may be: longer than any text.
    file.write_bytes(png(itxt(token), chunk(b"tEXt", bytes(4_000_000))))
    for result in (run(str(file)), run("-", stdin=png(itxt(token)))):
        assert result.exit_code == 0
        assert "Baked into a PNG picture: a compact token." in result.stdout
    assert run("-", stdin=png()).exit_code == 1
    assert run("-", stdin=qr("eyJhbGciOiJFUzI1NiJ9.e30.AA", "JPEG")).exit_code == 1
    assert run("-", stdin=png(width=20_000, height=20_000)).exit_code == 2


def test_json_is_the_report(run: Run, today: World) -> None:
    result = run("-", "--json", stdin=badge(today))
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["verdict"] == "valid"
    assert report["checks"][8]["source"] == "Register of Examples"


def test_invalid_and_undetermined(run: Run, today: World) -> None:
    expired = badge(today, validUntil=stamp(today.now - timedelta(hours=1)))
    assert run("-", stdin=expired).exit_code == 1
    assert run("-", stdin="hello").exit_code == 1
    assert run("-", stdin=b"").exit_code == 1
    assert run("-", stdin=b"%PDF-").exit_code == 2
    stranger = World("did:web:stranger.example")
    assert run("-", stdin=stranger.sign()).exit_code == 2


def test_expectations_and_policies(run: Run, today: World, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"require": ["recipient", "standing"]}')
    token = badge(today)
    assert run("-", "--expect", "ada@example.org", "--policy", str(policy), stdin=token).exit_code == 0
    assert run("-", "--expect", "grace@example.org", stdin=token).exit_code == 1
    assert run("-", "--policy", str(policy), stdin=token).exit_code == 2


def test_usage_errors(run: Run, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text("{}")
    for arguments in (
        (),
        ("-", "--bogus"),
        ("-", "-"),
        ("-", "--policy", str(policy)),
        ("-", "--local-origin", "x"),
    ):
        result = run(*arguments)
        assert result.exit_code == 64, arguments
        assert "Error" in result.stderr


def test_a_local_origin_elsewhere_is_a_usage_error(run: Run) -> None:
    result = run("-", "--local-origin", "https://example.org")
    assert result.exit_code == 64
    assert "own machine" in result.stderr
    assert "origin.not_local" in result.stderr


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("http://localhost:8000/c/demo.\u2026", "'\\u2026'"),
        ("HTTPS://issuer.example/c/a b", "' '"),
        (" https://", "ends too early"),
        ("https://" + "a" * 2_100, "longer than 2048"),
    ],
)
def test_what_begins_like_a_link_is_no_file(run: Run, link: str, said: str) -> None:
    result = run(link)
    assert result.exit_code == 64
    told = " ".join(result.stderr.replace("│", " ").split())
    assert said in told
    assert "link.malformed" in told


def test_a_refused_service_of_ones_own_has_a_remedy() -> None:
    issuer = World("did:web:localhost%3A18100:o:demo")
    token = issuer.sign(issuer.badge())
    runner = CliRunner()
    result = runner.invoke(cli.verify, ["-"], input=token)
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    remedy = "This is a service on your own machine: add --local-origin http://localhost:18100"
    assert lines[1] == remedy
    assert "own machine, where it is not permitted to ask" in result.stdout
    linked = runner.invoke(cli.verify, ["https://127.0.0.1:8443/c/demo.x"])
    assert "add --local-origin https://127.0.0.1:8443" in linked.stdout
    given = runner.invoke(cli.verify, ["-", "--local-origin", "http://localhost:18100"], input=token)
    assert "add --local-origin" not in given.stdout


def test_a_trust_folder_alone_stays_offline(run: Run) -> None:
    issuer = World("did:web:localhost%3A18100:o:demo")
    assert "--local-origin" not in run("-", stdin=issuer.sign(issuer.badge())).stdout


def test_a_trust_file_says_who_vouches(today: World, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "trust.json"
    pinned = {"kind": "pinned", "name": "Chamber of Examples", "issuers": [today.did]}
    file.write_text(json.dumps({"sources": [pinned]}))
    told = run("-", "--trust", str(file), stdin=today.sign())
    assert told.exit_code == 0
    assert "Chamber of Examples lists this issuer." in told.stdout
    # One setting serves the command and the service.
    named = CliRunner().invoke(
        cli.verify, ["-"], input="hello", env={"ASSAY_TRUST": os.pathsep.join([str(file), "/missing"])}
    )
    assert named.exit_code == 66
    assert "trust.unreadable" in named.stderr


def test_what_was_not_reached_is_one_line(run: Run) -> None:
    lines = run("-", stdin="hello").stdout.splitlines()
    assert [line for line in lines if "Not reached" in line] == [lines[-1]]
    assert lines[-1].startswith("- well_formed, proof, issuer_key, ")
    assert len(lines) == 3 + 2


def test_unreadable_input(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments in (
        (str(tmp_path / "missing"),),
        (str(tmp_path),),
        ("a\0b",),
        ("-", "--policy", "/missing"),
    ):
        result = run(*arguments)
        assert result.exit_code == 66, arguments
        assert "input.unreadable" in result.stderr
    assert run("-", folder=tmp_path / "empty").exit_code == 66


def test_a_crash_is_not_a_verdict(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> Report:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "verify_evidence", crash)
    result = run("-")
    assert result.exit_code == 70
    assert "Traceback" not in result.output
    assert "Nothing was verified" in " ".join(result.stderr.split())


def test_an_interruption_is_not_a_verdict(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> Report:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "verify_evidence", interrupt)
    assert run("-").exit_code == 130


def test_help_is_help(run: Run) -> None:
    for option in ("--help", "-h"):
        result = run(option)
        assert result.exit_code == 0
        assert "--local-origin" in result.stdout


def test_a_link_and_a_local_origin_use_the_network(
    run: Run, today: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = "https://issuer.example/c/demo.abc"
    today.publish(link, badge(today).encode(), "text/plain")

    async def get(_self: Https, need: Need) -> Answer:
        return await today.get(need)

    monkeypatch.setattr(Https, "get", get)
    assert run(link).exit_code == 0
    assert [need.kind for need in today.asked] == ["credential"]
    today.asked.clear()
    assert run("-", stdin=badge(today), folder=None).exit_code == 0
    assert [need.kind for need in today.asked] == ["issuer_key", "status_list"]
    today.asked.clear()
    assert run("-", "--local-origin", "http://localhost:8000", stdin=badge(today)).exit_code == 0
    assert today.asked == []


def test_nothing_in_a_credential_steers_the_terminal(run: Run, today: World) -> None:
    document = edit(today.badge(), "issuer/name", "\x1b[2J\x1b[31m[red]Harvard\u202e\x07")
    document = edit(document, "\x1b[2J", "x")
    result = run("-", stdin=today.sign(document))
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
    assert "[red]Harvard" in result.output


def test_a_reader_that_leaves_is_no_verdict(today: World, trust: Path, tmp_path: Path) -> None:
    (tmp_path / "badge.jwt").write_text(badge(today))
    command = [sys.executable, "-m", "verifier", "verify", "badge.jwt", "--json", "--trust", str(trust)]
    done = subprocess.run(
        ["bash", "-c", '"$@" | true; echo "${PIPESTATUS[0]}"', "-", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() in {"0", "70"}
    assert "Traceback" not in done.stderr


def test_a_broken_pipe(trust: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object, **__: object) -> Report:
        raise BrokenPipeError

    monkeypatch.setattr(cli, "verify_evidence", broken)
    with (tmp_path / "out").open("w") as out, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        with pytest.raises(SystemExit) as ended:
            cli.verify([__file__, "--trust", str(trust)])
    assert ended.value.code == 70


async def test_another_standard_output(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    report = await world.verify(world.sign())
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    cli._show(report)
    assert out.getvalue().startswith("Genuine and current\n")


def test_an_unprintable_terminal(today: World, trust: Path, tmp_path: Path) -> None:
    (tmp_path / "badge.jwt").write_text(badge(today))
    done = subprocess.run(
        [sys.executable, "-m", "verifier", "verify", "badge.jwt", "--trust", str(trust)],
        cwd=tmp_path,
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"? carrier" in done.stdout


# Options for tests


@pytest.fixture
def recorded(today: World, tmp_path: Path) -> Path:
    answers = {
        url: {"mediaType": answer.media_type, "body": answer.body.decode()}
        for url, answer in today.published.items()
        if isinstance(answer, Fetched)
    }
    file = tmp_path / "network.json"
    file.write_text(json.dumps({"network": answers, "trust": {"pinned": {today.did: "Register"}}}))
    return file


def test_a_recorded_network_and_clock(run: Run, today: World, recorded: Path) -> None:
    options = ("-", "--json", "--recorded-network", str(recorded))
    result = run(*options, stdin=badge(today), folder=None)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["checks"][8]["source"] == "Register"
    later = run(*options, "--clock", "2099-01-01T00:00:00+02:00", stdin=badge(today), folder=None)
    assert later.exit_code == 1
    assert json.loads(later.stdout)["verifiedAt"] == "2098-12-31T22:00:00Z"
    assert json.loads(later.stdout)["currency"] == "expired"


def test_a_presentation_is_asked_for(run: Run, today: World) -> None:
    for option in ("--nonce", "--audience"):
        assert run("-", option, "x", stdin=badge(today)).exit_code == 2


def test_what_no_recording_can_mean(run: Run, recorded: Path, tmp_path: Path) -> None:
    assert run("-", "--recorded-network", str(recorded)).exit_code == 64
    options = ("-", "--recorded-network", str(recorded), "--local-origin", "http://localhost:8000")
    assert run(*options, folder=None).exit_code == 64
    assert run("-", "--clock", "tomorrow").exit_code == 64
    recorded.write_text("{")
    assert run("-", "--recorded-network", str(recorded), folder=None).exit_code == 66
    assert run("-", "--recorded-network", str(tmp_path / "missing"), folder=None).exit_code == 66


# python -m verifier


def main(*arguments: str) -> Result:
    return CliRunner().invoke(program.main, [*arguments])


def test_the_group_ends_with_the_same_statuses(trust: Path) -> None:
    assert main().exit_code == 64
    assert main("bogus").exit_code == 64
    assert main("verify").exit_code == 64
    assert main("verify", "/missing").exit_code == 66
    assert main("verify", "-", "--trust", str(trust)).exit_code == 1


def test_run_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["verifier", "verify", "/missing"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(program.__file__, run_name="__main__")
    assert ended.value.code == 66


def test_a_click_group_of_others_keeps_the_statuses(trust: Path) -> None:
    """`assay` is another group, which knows nothing of these statuses."""

    @click.group()
    def assay() -> None:
        pass

    assay.add_command(cli.verify)
    runner = CliRunner()
    assert runner.invoke(assay, ["verify"]).exit_code == 64
    assert runner.invoke(assay, ["verify", "/missing"]).exit_code == 66
    assert runner.invoke(assay, ["verify", "-", "--trust", str(trust)]).exit_code == 1


def test_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    from verifier.web import app  # noqa: PLC0415 — the rest of this file needs no web framework

    served: list[tuple[Any, ...]] = []
    monkeypatch.setattr(app, "serve", lambda *given: served.append(given))
    assert main("serve", "--port", "9000", "--local-origin", "http://localhost:8000").exit_code == 0
    settings, host, port, context = served[0]
    assert (settings.base_url, host, port, context) == ("http://localhost:9000", "localhost", 9000, None)
    assert settings.vc_api is None
    assert settings.local_origins == ("http://localhost:8000",)
    assert main("serve", "--base-url", "https://verify.example/").exit_code == 0
    assert served[1][0].base_url == "https://verify.example"
    monkeypatch.setenv("ASSAY_VC_API", "open")
    assert main("serve").exit_code == 0
    assert served[2][0].vc_api is not None
    refused = main("serve", "--host", "0.0.0.0")  # noqa: S104 — what is refused
    assert (refused.exit_code, "this machine" in refused.stderr) == (64, True)
    monkeypatch.delenv("ASSAY_VC_API")
    refused = main("serve", "--tls-cert", "/missing", "--tls-key", "/missing")
    assert (refused.exit_code, "(tls.unreadable)" in refused.stderr) == (64, True)
    for error, status in (
        (TrustRefused("trust.malformed", "Not understood."), 66),
        (OriginRefused("origin.malformed", "Not an origin."), 64),
        (OSError(errno.EADDRNOTAVAIL, "Not here"), 66),
        (OSError(errno.EADDRINUSE, "Address already in use"), 66),
    ):
        monkeypatch.setattr(app, "serve", raising(error))
        refused = main("serve")
        assert refused.exit_code == status
    assert "Port 8001 on localhost is in use. Name another one with --port." in refused.stderr
    monkeypatch.setitem(sys.modules, "verifier.web.app", None)
    monkeypatch.delattr("verifier.web.app")
    assert main("serve").exit_code == 70


def raising(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail
