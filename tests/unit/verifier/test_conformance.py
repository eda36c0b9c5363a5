"""The runner: it calls, compares, and says what was wrong."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from tests.unit.verifier.world import NOW, World, stamp
from verifier.conformance import cli
from verifier.conformance.case import Case, CaseRefused, read_case, read_cases, schema
from verifier.conformance.run import compare
from verifier.fetch import Fetched

Run = Callable[..., Result]
Write = Callable[..., Path]
PROTOCOL = Path(__file__).parents[3] / "docs" / "conformance-protocol.md"
VERIFY = f"{sys.executable} -m verifier verify"


def vector(**changes: Any) -> dict[str, Any]:
    made = {
        "id": "sample/one",
        "title": "Nothing that could be a credential.",
        "format": "sample",
        "standard": "none",
        "input": {"text": "hello"},
        "clock": stamp(NOW),
        "expect": {
            "verdict": "invalid",
            "authenticity": "cannot_tell",
            "currency": "cannot_tell",
            "reasons": ["carrier.unrecognised"],
        },
    }
    return {**made, **changes}


def case(**changes: Any) -> Case:
    return read_case(msgspec.json.encode(vector(**changes)))


@pytest.fixture
def vectors(tmp_path: Path) -> Write:
    def write(*made: dict[str, Any]) -> Path:
        for document in made:
            path = tmp_path / "vectors" / f"{document['id']}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document))
        return tmp_path / "vectors"

    return write


def run(command: str, folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli.conformance, ["run", command, "--vectors", str(folder), *options])


def script(tmp_path: Path, body: str) -> str:
    file = tmp_path / "script.py"
    file.write_text(body)
    return f"{sys.executable} {file}"


def test_our_own_verifier_is_right(vectors: Write, world: World) -> None:
    network = {
        url: {"mediaType": answer.media_type, "body": answer.body.decode()}
        for url, answer in world.published.items()
        if isinstance(answer, Fetched)
    }
    genuine = vector(
        id="sample/two",
        input={"text": world.sign()},
        network=network,
        trust={"pinned": {world.did: "Register"}},
        policy={"require": ["recipient", "standing"]},
        expectedRecipient="ada@example.org",
        expect={
            "verdict": "valid",
            "authenticity": "genuine",
            "currency": "current",
            "reasons": ["status.clear", "standing.vouched", "recipient.matched", "policy.met"],
        },
    )
    presented = {**genuine, "id": "sample/three", "nonce": "-n", "audience": "a"}
    presented["expect"] = {
        "verdict": "undetermined",
        "authenticity": "genuine",
        "currency": "current",
        "reasons": ["recipient.not_presented"],
    }
    del presented["expectedRecipient"]
    del presented["policy"]
    result = run(VERIFY, vectors(vector(), genuine, presented))
    assert result.exit_code == 0, result.output
    assert "✗" not in result.stdout


def test_what_is_wrong_is_told(vectors: Write, tmp_path: Path) -> None:
    answer = '{"verdict": "valid", "authenticity": "genuine", "checks": [{"reason": "shape.ok"}, 5]}'
    command = script(tmp_path, f"print('{answer}')")
    result = run(
        command, vectors(vector(), vector(id="other/one", format="other", input={"base64": "/w=="})), "--json"
    )
    assert result.exit_code == 1
    summary = json.loads(result.stdout)
    assert {name: summary[name] for name in ("cases", "passed", "failed")} == {
        "cases": 2,
        "passed": 0,
        "failed": 2,
    }
    assert summary["results"][0]["wrong"] == [
        "verdict is valid, not invalid",
        "authenticity is genuine, not cannot_tell",
        "the reason carrier.unrecognised is missing",
    ]
    shown = run(command, tmp_path / "vectors", "--only", "other/*").stdout
    assert "✗ other/one: verdict is valid, not invalid" in shown
    assert "sample" not in shown


def test_a_verdict_alone_is_enough(vectors: Write, tmp_path: Path) -> None:
    command = script(tmp_path, 'print(\'{"verdict": "invalid"}\')\nraise SystemExit(1)')
    result = run(command, vectors(vector()), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["results"][0]["compared"] == ["verdict"]


def test_no_answer_is_a_wrong_answer(vectors: Write, tmp_path: Path) -> None:
    folder = vectors(vector())
    slow = script(tmp_path, "import signal\nsignal.pause()")
    assert "no answer within 0.5 seconds" in run(slow, folder, "--seconds", "0.5").stdout
    missing = run(str(tmp_path / "missing"), folder)
    assert "it cannot be started: No such file or directory" in missing.stdout
    assert "no JSON object with a verdict" in run("false", folder).stdout
    assert "no JSON object with a verdict" in run("echo []", folder).stdout


def test_the_documented_script_around_another_verifier(vectors: Write, tmp_path: Path) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", PROTOCOL.read_text(), re.DOTALL | re.MULTILINE)
    unknown = {"verdict": "undetermined", "authenticity": "cannot_tell", "currency": "cannot_tell"}
    asked = vector(
        id="sample/two",
        expect=unknown,
        policy={"require": ["standing"]},
        network={"https://issuer.example/": {"body": "{}"}},
        nonce="-n",
        audience="https://panel.example",
        expectedRecipient="Ada Lovelace",
    )
    result = run(script(tmp_path, block), vectors(vector(), asked), "--json")
    told = {one["id"]: one["wrong"] for one in json.loads(result.stdout)["results"]}
    assert told == {"sample/one": ["verdict is undetermined, not invalid"], "sample/two": []}


def test_reasons_and_statuses() -> None:
    asked = case()
    right = {"verdict": "invalid", "reasons": ["carrier.unrecognised", 7]}
    assert compare(asked, 1, json.dumps(right).encode()) == ([], ["verdict", "reasons"])
    assert compare(asked, 0, json.dumps(right).encode())[0] == ["the exit status 0 is not the verdict's"]
    odd = compare(asked, 1, json.dumps({"verdict": ["invalid"]}).encode())[0]
    assert odd == ["verdict is ['invalid'], not invalid", "the exit status 1 is not the verdict's"]


@pytest.mark.parametrize(
    "changes",
    [
        {"input": {}},
        {"input": {"text": "", "base64": ""}},
        {"input": {"base64": "="}},
        {"id": "alone"},
        {"clock": "2026-11-23T12:00:00"},
        {"extra": 1},
        {"expect": {"verdict": "valid", "authenticity": "genuine", "currency": "current", "reasons": ["x"]}},
    ],
)
def test_what_is_no_vector_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(CaseRefused):
        case(**changes)


def test_a_vector_stands_where_its_id_says(vectors: Write) -> None:
    folder = vectors(vector())
    (folder / "sample" / "one.json").rename(folder / "sample" / "two.json")
    with pytest.raises(CaseRefused):
        list(read_cases(folder))
    result = run(VERIFY, folder)
    assert result.exit_code == 66
    assert "holds the case" in " ".join(result.stderr.split())


def test_wrong_usage(vectors: Write, tmp_path: Path) -> None:
    folder = vectors(vector())
    assert run("'", folder).exit_code == 64
    assert run("", folder).exit_code == 64
    nowhere = run(VERIFY, tmp_path / "nowhere")
    assert nowhere.exit_code == 66
    assert "Name their folder with --vectors." in " ".join(nowhere.stderr.replace("│", " ").split())
    assert run(VERIFY, folder, "--only", "nothing").exit_code == 66


def test_the_schema_is_the_published_one() -> None:
    published = Path(__file__).parents[3] / "tests" / "vectors" / "schema.json"
    assert json.loads(published.read_bytes()) == json.loads(msgspec.json.encode(schema()))
