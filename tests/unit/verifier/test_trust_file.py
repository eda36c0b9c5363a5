"""Trust files: the documented ones are read, mistakes are told to whoever made them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.verifier.world import NOW, Key, World
from verifier import TrustRefused, verify
from verifier.fetch import Fetched, utc_now
from verifier.trust import KINDS, open_trust, read_sources, write_trust_folder
from verifier.trust.federation import Federation
from verifier.trust.pinned import Pinned
from verifier.trust.registry import Registry

TEXT = (Path(__file__).parents[3] / "docs" / "trust.md").read_text()
KEY = Key().jwk


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_the_documented_files_are_read(tmp_path: Path) -> None:
    trust, partners = blocks("json")
    (tmp_path / "partners.json").write_text(partners)
    file = tmp_path / "trust.json"
    file.write_text(trust)
    kinds = [type(source) for source in read_sources(file, NOW)]
    assert kinds == [Pinned, Registry, Registry, Registry, Federation]
    assert {found["kind"] for found in json.loads(trust)["sources"]} == {
        kind.__struct_config__.tag for kind in KINDS
    }


def test_the_documented_programs_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    makes, verifies = blocks("python")
    exec(compile(makes, "trust.md", "exec"), {})  # noqa: S102 — our own document
    store, folders = open_trust([Path("trust.json")], utc_now())
    assert folders == ()
    asking = store.standing("did:web:academy.example", utc_now())
    with pytest.raises(StopIteration) as done:
        next(asking)
    (found,) = done.value.value
    assert (found.source, found.says) == ("Chamber of Crafts", "vouched")
    spoken: list[Any] = []
    exec(compile(verifies, "trust.md", "exec"), {"print": spoken.append})  # noqa: S102 — likewise
    assert [str(reason) for _, reason, _ in spoken[0]] == ["check.not_reached"]


def source(**changes: Any) -> str:
    return json.dumps({"sources": [{name: value for name, value in changes.items() if value is not ...}]})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"sources": []}',
        '{"sources": {}, "sources": []}',
        source(kind="own", name="me"),
        source(kind="pinned", name="x"),
        source(kind="pinned", name="x", issuers=["did:web:x"], more=1),
        source(kind="pinned", name="x", issuers=["did:web:x", "academy.example"]),
        source(kind="registry", name="x"),
        source(kind="registry", name="x", url="https://x.example", file="x"),
        source(kind="registry", name="x", url="http://x.example"),
        source(kind="registry", name="x", file="broken.json"),
        source(kind="signed_registry", name="x", url="https://x.example", keys=[]),
        source(kind="signed_registry", name="x", url="https://x.example", keys=[{"kty": "oct", "k": "AA"}]),
        source(kind="signed_registry", name="x", url="https://x.example", keys=[{**KEY, "d": "AA"}]),
        source(kind="signed_registry", name="x", file="broken.json", keys=[KEY]),
        source(kind="federation", name="x", anchor="http://x.example", keys=[KEY]),
        source(kind="federation", name="x", anchor="https://x.example", keys=[]),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.json").write_text("{")
    file = tmp_path / "trust.json"
    file.write_text(text)
    with pytest.raises(TrustRefused) as refused:
        read_sources(file, NOW)
    assert refused.value.code == "trust.malformed"
    assert refused.value.detail.endswith(".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not understood: it is not acceptable JSON: Expecting property name"),
        ("[]", "is not understood: it must be an object."),
        ("{}", "is not understood: sources is missing."),
        (source(kind="own", name="me"), "kind is one of pinned, registry, signed_registry, federation."),
        (source(kind="pinned", name="x", issuers="did:web:x"), "sources[0].issuers must be a list."),
        (
            source(kind="pinned", name="Ours", issuers=["academy.example"]),
            "“Ours” in trust.json cannot be used: An issuer's id begins with did: or https://, and 'academy.",
        ),
        (
            source(kind="registry", name="Theirs"),
            "The source “Theirs” in trust.json cannot be used: A registry",
        ),
    ],
)
def test_mistakes_are_told_in_words(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "trust.json"
    file.write_text(text)
    with pytest.raises(TrustRefused) as refused:
        read_sources(file, NOW)
    assert said in refused.value.detail
    assert not set("`$") & set(refused.value.detail)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "trust.json"
    file.write_text(source(kind="registry", name="x", file="missing.json"))
    for named in (file, tmp_path / "missing"):
        with pytest.raises(TrustRefused) as refused:
            read_sources(named, NOW)
        assert refused.value.code == "trust.unreadable"
    for path, said in (
        (tmp_path / "missing", "There is no trust file or trust folder missing."),
        (tmp_path, f"There is no readable index.json in the folder {tmp_path.name}: it is no trust folder."),
    ):
        with pytest.raises(TrustRefused) as refused:
            open_trust([path], NOW)
        assert (refused.value.code, refused.value.detail) == ("trust.unreadable", said)


def test_folders_and_files_together(tmp_path: Path, world: World) -> None:
    register = "https://register.example/issuers.json"
    world.publish(register, json.dumps({"issuers": [{"id": world.did}]}).encode())
    folder, file = tmp_path / "folder", tmp_path / "trust.json"
    documents = [kept for kept in world.published.values() if isinstance(kept, Fetched)]
    write_trust_folder(folder, documents, {"did:web:other.example": "Us"}, at=world.now)
    file.write_text(source(kind="registry", name="Register", url=register))
    store, (snapshot,) = open_trust([folder, file], NOW)
    report = verify(world.sign(), trust=store, fetch=snapshot, clock=lambda: world.now)
    assert [(found.source, found.outcome) for found in report.of("standing")] == [("Register", "pass")]
