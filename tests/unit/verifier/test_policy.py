from datetime import timedelta

import pytest

from tests.unit.verifier.world import World, edit, told
from verifier import Policy, PolicyRefused, TrustStore
from verifier.policy import read_policy


def test_reading() -> None:
    assert read_policy('{"require": ["standing"]}') == Policy(require=("standing",))
    assert read_policy({"max_age_days": 30}) == Policy(max_age_days=30)
    assert read_policy(b'{"accept_issuers": ["did:web:issuer.example"]}').accept_issuers == (
        "did:web:issuer.example",
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "policy.empty"),
        ('{"require": []}', "policy.empty"),
        ('{"accept_issuers": []}', "policy.empty"),
        ('{"accept_issuers": [], "require": ["standing"]}', "policy.empty"),
        ('{"require": ["everything"]}', "policy.unknown_check"),
        ('{"require": ["policy"]}', "policy.unknown_check"),
        ('{"accept_assurance": []}', "policy.empty"),
        ('{"accept_assurance": "supervised"}', "policy.malformed"),
        ('{"max_age_days": -1}', "policy.malformed"),
        ('{"max_status_age_seconds": -1}', "policy.malformed"),
        ('{"max_status_age_seconds": 1.5}', "policy.malformed"),
        ('{"max_age_days": "x"}', "policy.malformed"),
        ('{"requires": ["standing"]}', "policy.malformed"),
        ('{"max_age_days": 1, "max_age_days": 2}', "policy.malformed"),
        ("[]", "policy.malformed"),
        ("require", "policy.malformed"),
    ],
)
def test_refusals(text: str, code: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        read_policy(text)
    assert refused.value.code == code
    assert refused.value.detail.endswith(".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"require": ["standings"]}', "endorsements; standings is none."),
        ('{"require": ["<b>"]}', "recipient, endorsements."),
        (f'{{"require": ["{"x" * 41}"]}}', "recipient, endorsements."),
        ('{"requires": ["standing"]}', "The policy is not understood: requires is not known here."),
        (
            '{"max_age_days": 1.5}',
            "The policy is not understood: max_age_days must be a whole number or null.",
        ),
    ],
)
def test_refusals_in_words(text: str, said: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        read_policy(text)
    assert refused.value.detail.endswith(said)


RESULT = "credentialSubject/result/0/value"


async def test_the_age_of_what_says_that_it_stands(world: World) -> None:
    """A copy of the list from an hour ago: known, but not lately enough for whoever asks for more."""
    policy = Policy(max_status_age_seconds=3_600)
    token = world.sign()
    for later, verdict, found in (
        (3_600, "valid", ("pass", "policy.met")),
        (3_601, "undetermined", ("unknown", "policy.status_too_old")),
    ):
        world.now = world.published[world.list_url].fetched_at + timedelta(seconds=later)  # type: ignore[union-attr]  # it was published
        report = await world.verify(token, policy=policy)
        assert told(report, "policy") == [found]
        assert report.verdict == verdict
    # Where there is no list, nothing about it can be old.
    nothing = world.sign(world.badge(credentialStatus=...))
    assert told(await world.verify(nothing, policy=policy), "policy") == [("pass", "policy.met")]


async def test_assurance_is_declared_or_not_there(world: World) -> None:
    details = []
    for declared, accepted, found in (
        ("unsupervised", ("supervised", "unsupervised"), ("pass", "policy.met")),
        ("unsupervised", ("supervised",), ("fail", "policy.assurance_not_accepted")),
        (..., ("unsupervised",), ("fail", "policy.assurance_not_accepted")),
    ):
        token = world.sign(edit(world.badge(), RESULT, declared))
        report = await world.verify(token, policy=Policy(accept_assurance=accepted))
        assert told(report, "policy") == [found]
        details.append(report.of("policy")[0].detail)
    assert details[1:] == [
        "You accept only: supervised. It was issued as: unsupervised.",
        "You ask how far one can be sure who answered, and it does not say.",
    ]


async def test_everything_that_is_not_met_is_told(world: World) -> None:
    policy = Policy(
        require=("standing", "recipient"),
        accept_issuers=("did:web:other.example",),
        max_age_days=1,
        max_status_age_seconds=0,
        accept_assurance=("confirmed",),
    )
    token = world.sign()
    world.now += timedelta(seconds=1)
    report = await world.verify(token, policy=policy, trust=TrustStore(), expected_recipient="Grace Hopper")
    assert told(report, "policy") == [
        ("fail", "policy.issuer_not_accepted"),
        ("fail", "policy.too_old"),
        ("fail", "policy.assurance_not_accepted"),
        ("fail", "policy.unmet"),
        ("unknown", "policy.undetermined"),
        ("unknown", "policy.status_too_old"),
    ]
    assert report.verdict == "invalid"
    one_day = await world.verify(token, policy=Policy(max_age_days=1))
    assert one_day.of("policy")[0].detail == "It is older than 1 day."
