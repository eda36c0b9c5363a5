"""The commands of operators, against a real database and key store."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from issuer.assessments.rating.cli import rating
from issuer.db.pool import Pool, connect, transaction
from issuer.issuance.cli import forms
from issuer.issuance.profiles import DEFAULT
from issuer.organizations.cli import keys, token, trust
from issuer.organizations.command import Opened, columns, work
from issuer.organizations.create import create_organization
from issuer.organizations.store import Organization
from issuer.organizations.tokens import authenticate
from issuer.people.cli import person
from issuer.people.enroll import find_or_create
from issuer.settings import SettingsRefused, StartRefused
from keys.did.web import locate, parse
from keys.stores.file import Costs, FileStore
from verifier.fetch import Fetched, Need
from verifier.trust import Snapshot

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CHEAP = Costs(memory_kib=8, iterations=1, lanes=1)
DID = "did:web:localhost%3A8000:o:north"
NORTH, NOBODY = ("--organization", "north"), ("--organization", "nobody")
SOME_ID = "00000000-0000-4000-8000-000000000001"


class Console:
    """A terminal with the settings of one service."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.runner = CliRunner(env=environment)

    def run(self, command: Any, *arguments: str, said: str | None = None) -> Result:
        return self.runner.invoke(command, arguments, input=said)

    def says(self, command: Any, *arguments: str, said: str | None = None) -> str:
        result = self.run(command, *arguments, said=said)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout.strip()

    def refuses(self, command: Any, *arguments: str) -> str:
        result = self.run(command, *arguments)
        assert isinstance(result.exception, StartRefused), result.exception
        assert str(result.exception)
        return result.exception.code

    def look(self, piece: Callable[[Pool], Any]) -> Any:
        async def looked() -> Any:
            pool = await connect(self.environment["ASSAY_DATABASE_URL"], size=1)
            try:
                return await piece(pool)
            finally:
                pool.terminate()

        return asyncio.run(looked())


async def founded(opened: Opened, organization_id: str) -> None:
    named = Organization(organization_id, "North", None, demo=False, created_at=AT)
    async with transaction(opened.pool) as db:
        await create_organization(db, opened.keystore, opened.settings, named)


@pytest.fixture
def console(database_url: str, tmp_path: Path) -> Console:
    environment = {
        "ASSAY_DATABASE_URL": database_url,
        "ASSAY_DATA_DIR": str(tmp_path / "var"),
        "ASSAY_BASE_URL": "http://localhost:8000",
        "ASSAY_PASSPHRASE": "correct horse battery staple",
    }

    # Cheap to open: every command opens the store again.
    (tmp_path / "var").mkdir()
    FileStore.open(tmp_path / "var" / "keys", environment["ASSAY_PASSPHRASE"], CHEAP)

    async def found(opened: Opened) -> None:
        await founded(opened, "north")
        await founded(opened, "south")
        await find_or_create(opened.pool, opened.keystore, "north", "Ada", "ada@example.org", AT)

    work(found, environment)
    return Console(environment)


def test_a_token_is_created_used_listed_and_revoked(console: Console) -> None:
    text = console.says(
        token,
        "create",
        *NORTH,
        "portal",
        "--scope",
        "credentials:read",
        "--scope",
        "invitations:write",
        "--days",
        "7",
    )
    principal = console.look(lambda pool: authenticate(pool, f"Bearer {text}", "credentials:read", AT))
    assert (principal.organization_id, principal.label) == ("north", "portal")
    assert principal.scopes == ("credentials:read", "invitations:write")
    _, line = console.says(token, "list", *NORTH).splitlines()
    assert "portal" in line
    assert "works until" in line
    assert text.partition(".")[2] not in line
    token_id = line.split()[0]
    console.says(token, "revoke", *NORTH, token_id)
    assert "revoked" in console.says(token, "list", *NORTH)
    again = console.run(token, "revoke", *NORTH, token_id)
    assert again.exit_code == 1
    assert "nothing was changed" in again.output
    with pytest.raises(Exception, match=r"token\.invalid"):
        console.look(lambda pool: authenticate(pool, f"Bearer {text}", "credentials:read", AT))


def test_the_same_program_is_the_same_principal(console: Console) -> None:
    for _ in range(2):
        console.says(token, "create", *NORTH, "portal", "--scope", "credentials:read")
    assert "works" in console.says(token, "list", *NORTH)
    assert console.look(lambda pool: pool.fetchval("SELECT count(*) FROM principal")) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "portal"),
        ("create", "--scope", "credentials:read"),
        ("create", "portal", "--scope", "everything"),
        ("create", "portal", "--scope", "credentials:read", "--days", "0"),
        ("revoke", "not-an-id"),
        ("list", "north"),
    ],
)
def test_usage_errors(console: Console, arguments: tuple[str, ...]) -> None:
    assert console.run(token, *arguments).exit_code == 2


def test_another_base_url_than_the_services_is_a_wrong_setting(console: Console) -> None:
    console.environment["ASSAY_BASE_URL"] = "http://localhost:9000"
    result = Console(console.environment).run(token, "list", *NORTH)
    assert isinstance(result.exception, SettingsRefused)  # exit status 78
    assert result.exception.code == "base_url.changed"
    assert "ASSAY_BASE_URL=http://localhost:8000" in str(result.exception)


def test_in_another_folder_nothing_is_made(console: Console, tmp_path: Path) -> None:
    console.environment["ASSAY_DATA_DIR"] = str(tmp_path / "elsewhere")
    lost = Console(console.environment)
    assert lost.refuses(token, "list", *NORTH) == "data_dir.missing"
    assert lost.refuses(trust, "export", str(tmp_path / "trusted")) == "data_dir.missing"
    assert not (tmp_path / "elsewhere").exists()


def test_an_unknown_organisation_is_one_sentence(console: Console) -> None:
    unknown = "organization.unknown"
    assert console.refuses(token, "create", *NOBODY, "x", "--scope", "credentials:read") == unknown
    assert console.refuses(token, "list", *NOBODY) == unknown
    assert console.refuses(token, "revoke", *NOBODY, SOME_ID) == unknown
    assert console.refuses(keys, "list", *NOBODY) == unknown
    assert console.refuses(keys, "rotate", *NOBODY) == unknown
    assert console.refuses(keys, "compromise", *NOBODY, "x", "--yes") == unknown
    assert console.refuses(keys, "compromise", *NORTH, "x", "--yes") == "key.unknown"
    assert console.refuses(person, "erase", *NOBODY, SOME_ID, "--yes") == unknown
    assert console.refuses(trust, "export", "/nonexistent", "--organization", "nobody") == unknown


def listed(console: Console) -> list[str]:
    """The lines of `assay keys list`, without the head."""
    return console.says(keys, "list", *NORTH).splitlines()[1:]


EVERYTHING = [
    (token, ("create", "portal", "--scope", "credentials:read")),
    (token, ("list",)),
    (token, ("revoke", SOME_ID)),
    (keys, ("list",)),
    (keys, ("rotate",)),
    (keys, ("compromise", "x", "--yes")),
    (person, ("erase", SOME_ID, "--yes")),
]


def test_of_several_organisations_one_must_be_named(console: Console) -> None:
    for command, arguments in EVERYTHING:
        refused = console.run(command, *arguments).exception
        assert isinstance(refused, StartRefused), arguments
        assert refused.code == "organization.unnamed"
        assert "north, south" in refused.detail
        assert "--organization" in refused.detail


def test_an_organisation_that_is_alone_needs_no_name(console: Console) -> None:
    console.look(lambda pool: pool.execute("TRUNCATE organization CASCADE"))
    for command, arguments in EVERYTHING:
        refused = console.run(command, *arguments).exception
        assert isinstance(refused, StartRefused), arguments
        assert (refused.code, "yet" in refused.detail) == ("organization.unknown", True)
    work(lambda opened: founded(opened, "north"), console.environment)
    assert console.says(token, "list") == "There are no tokens yet."
    console.says(token, "create", "portal", "--scope", "credentials:read")
    token_id = console.says(token, "list").splitlines()[1].split()[0]
    assert console.says(token, "revoke", token_id) == f"Revoked {token_id}."
    assert console.says(keys, "rotate").startswith("north signs with ")
    assert sorted(line.split()[2] for line in listed(console)) == ["active"] * 2 + ["retired"] * 2
    assert console.refuses(keys, "compromise", "x", "--yes") == "key.unknown"
    assert console.refuses(person, "erase", SOME_ID, "--yes") == "person.unknown"
    assert console.refuses(token, "list", *NOBODY) == "organization.unknown"


def test_lists_stand_in_columns() -> None:
    told = columns(("ID", "PROGRAM", "STATE"), [("1", "課程", "works"), ("22", "portal of all", "")])
    assert told.splitlines() == [
        "ID  PROGRAM        STATE",
        "1   課程           works",
        "22  portal of all",
    ]


def test_keys_are_listed_rotated_and_reported(console: Console) -> None:
    first = next(line.split()[0] for line in listed(console) if " ES256 " in line)
    assert len(first) == 43
    told = console.says(keys, "rotate", *NORTH, "--algorithm", "ES256")
    assert told.count("north signs with") == 1
    assert "(ES256)" in told
    states = [line.split()[2] for line in listed(console)]
    assert sorted(states) == ["active", "active", "retired"]
    active = next(line for line in listed(console) if " ES256 " in line and " active " in line)
    assert console.run(keys, "compromise", *NORTH, active.split()[0]).exit_code == 1, "not without a yes"
    told = console.says(keys, "compromise", *NORTH, active.split()[0], said="y\n")
    assert "signs with" in told
    assert "signs with" not in console.says(keys, "compromise", *NORTH, first, "--yes")
    states = [line.split()[2] for line in listed(console)]
    assert sorted(states) == ["active", "active", "compromised", "compromised"]
    assert console.refuses(keys, "rotate", *NORTH, "--algorithm", "RS256") == "key.algorithm"
    for hyphened in ("-FAW3Qt-Tj64", "-hAW3Qt-Tj64"):  # a thumbprint begins with one now and then
        refused = console.run(keys, "compromise", *NORTH, hyphened, "--yes").exception
        assert isinstance(refused, StartRefused)
        assert refused.code == "key.unknown"


def test_forms_are_listed_and_chosen(console: Console) -> None:
    def released() -> dict[str, str]:
        lines = console.says(forms, "list", *NORTH).splitlines()[1:]
        return {line.split()[0]: line.split("  ")[1].strip() for line in lines if "yes, with" in line}

    assert list(released()) == list(DEFAULT)
    told = console.says(forms, "choose", *NORTH, "vc+jwt:ES384", "ob3-jwt")
    assert told == "north releases ob3-jwt with ES256, vc+jwt with ES384."
    assert list(released()) == ["ob3-jwt", "vc+jwt"]
    assert "yes, with ES384" in console.says(forms, "list", *NORTH)
    assert sum(" ES384 " in line for line in listed(console)) == 1
    for asked, code in (("paper", "forms.unknown"), ("ob3-jwt:EdDSA", "forms.algorithm")):
        assert console.refuses(forms, "choose", *NORTH, asked) == code
    assert console.refuses(forms, "choose", *NORTH, "vc+jwt", "vc+jwt:EdDSA") == "forms.repeated"
    assert list(released()) == ["ob3-jwt", "vc+jwt"]


def test_a_wrong_passphrase_is_one_sentence(console: Console) -> None:
    console.environment["ASSAY_PASSPHRASE"] = "wrong"
    assert Console(console.environment).refuses(keys, "list", *NORTH) == "keys.wrong_passphrase"


async def kept(folder: Path, url: str) -> Fetched:
    answer = await Snapshot(folder).get(Need("issuer_key", url))
    assert isinstance(answer, Fetched)
    return answer


def test_what_is_exported_is_found_without_a_network(console: Console, tmp_path: Path) -> None:
    bad = next(line.split()[0] for line in listed(console) if " ES256 " in line)
    console.says(keys, "compromise", *NORTH, bad, "--yes")
    folder = tmp_path / "trust"
    told = console.says(trust, "export", str(folder))
    assert re.fullmatch(rf"Wrote 9 documents to {folder}\. Exported \d+ \w+ \d+, \d\d:\d\d UTC\.", told)
    answer = asyncio.run(kept(folder, locate(DID)))
    assert (answer.media_type, answer.status) == ("application/did+json", 200)
    methods = parse(answer.body, DID).verification_method
    assert sorted(method.type for method in methods) == ["JsonWebKey", "JsonWebKey", "Multikey"]
    method = next(method for method in methods if method.type == "JsonWebKey")
    key = asyncio.run(kept(folder, f"http://localhost:8000/o/north/keys/{method.id.partition('#')[2]}"))
    assert key.status == 200
    assert asyncio.run(kept(folder, f"http://localhost:8000/o/north/keys/{bad}")).status == 410
    assert Snapshot(folder).trust.pinned[DID] == "localhost:8000"


def test_only_the_chosen_organisation_is_vouched_for(console: Console, tmp_path: Path) -> None:
    folder = tmp_path / "trust"
    console.says(trust, "export", str(folder), "--organization", "south", "--vouched-by", "Northwind")
    assert Snapshot(folder).trust.pinned == {DID.replace("north", "south"): "Northwind"}


@pytest.mark.parametrize("who", ["Ada@Example.org", "-"])
def test_a_person_is_erased_by_address(console: Console, who: str) -> None:
    said = "ada@example.org\n" if who == "-" else None
    told = console.says(person, "erase", *NORTH, who, "--yes", said=said)
    assert told.startswith("Erased ")
    assert "ada" not in told.lower()
    assert console.refuses(person, "erase", *NORTH, "ada@example.org", "--yes") == "person.unknown"
    person_id = told.split()[1].rstrip(".")
    assert "before" in console.says(person, "erase", *NORTH, person_id, "--yes")


def test_erasing_asks_first(console: Console) -> None:
    assert console.run(person, "erase", *NORTH, "ada@example.org").exit_code == 1
    assert console.look(lambda pool: pool.fetchval("SELECT count(erased_at) FROM person")) == 0
    assert console.refuses(person, "erase", *NORTH, "no address", "--yes") == "person.email"


def test_raters_are_named_and_ask_with_their_own_token(console: Console) -> None:
    named = ("--email", "ada@example.org")
    assert console.says(rating, "rater", *NORTH, "first", *named).startswith("first is one person.")
    assert console.refuses(rating, "rater", *NORTH, "second", *named) == "principal.email"
    console.says(rating, "rater", *NORTH, "first", "--forget")
    console.says(rating, "rater", *NORTH, "second", *named)
    assert console.refuses(rating, "rater", *NORTH, "nobody", "--forget") == "principal.unknown"
    assert console.run(rating, "rater", *NORTH, "first").exit_code == 2
    text = console.says(token, "create", *NORTH, "--person", "first", "--scope", "ratings:write")
    assert console.refuses(rating, "list", "--token", text) == "principal.unnamed"
    text = console.says(token, "create", *NORTH, "--person", "second", "--scope", "ratings:write")
    assert console.says(rating, "list", "--token", text) == "No work waits for your rating."
    given = ("give", SOME_ID, "brief", "--token", text)
    assert console.refuses(rating, *given, "tone=1") == "rating.unknown"
    assert console.run(rating, *given, "tone").exit_code == 2
    assert console.refuses(rating, "agreement", *NORTH, "--assessment", "nothing") == "assessment.unknown"
    program = console.says(token, "create", *NORTH, "program", "--scope", "ratings:write")
    assert console.refuses(rating, "list", "--token", program) == "rating.person"
