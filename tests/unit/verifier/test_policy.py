import pytest

from verifier import Policy, PolicyRefused
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
        ('{"max_age_days": -1}', "policy.malformed"),
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
