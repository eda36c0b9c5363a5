"""One place for each extension: what lies in its folder stands in its tuple, and nothing registers itself."""

import pkgutil
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import keys.did
import verifier.carriers
import verifier.lint
import verifier.status
import verifier.trust
from issuer.jobs import JOBS, KINDS


def modules(package: ModuleType, *shared: str) -> set[str]:
    return {found.name for found in pkgutil.iter_modules(package.__path__)} - set(shared)


def homes(values: Iterable[Any]) -> set[str]:
    return {value.__module__.rpartition(".")[2] for value in values}


def test_every_carrier_stands_in_the_tuple() -> None:
    assert homes(verifier.carriers.CARRIERS) == modules(verifier.carriers, "found", "inside")


def test_every_status_method_stands_in_the_table() -> None:
    assert homes(verifier.status.METHODS.values()) == modules(
        verifier.status, "finding", "secured", "signed_list"
    )


def test_every_source_of_trust_stands_in_the_tuple() -> None:
    shared = ("configured", "entity", "folder", "own", "pinned_keys", "source", "store")
    assert homes(verifier.trust.KINDS) == modules(verifier.trust, *shared)


def test_every_did_method_stands_in_a_table_under_its_own_name() -> None:
    tables = (keys.did.LOCATED, keys.did.SELF_CONTAINED)
    assert {name for table in tables for name in table} == modules(keys.did, "refused")
    assert homes(method.parse for method in keys.did.LOCATED.values()) == set(keys.did.LOCATED)
    assert homes(keys.did.SELF_CONTAINED.values()) == set(keys.did.SELF_CONTAINED)


def test_every_lint_rule_stands_in_the_tuple_once() -> None:
    examined = [rule.examine for rule in verifier.lint.RULES]
    assert len(set(examined)) == len(verifier.lint.RULES)
    assert homes(examined) == modules(verifier.lint, "rule", "profile", "choose", "ordinary")


def test_every_kind_of_letter_that_is_asked_for_is_delivered() -> None:
    assert set(KINDS) == {
        "mail.invitation",
        "mail.credential",
        "mail.status",
        "mail.item",
        "mail.review",
        "mail.rated",
        "mail.asked",
        "mail.answered",
        "mail.confirmation",
    }
    assert len({job.name for job in JOBS}) == len(JOBS)
