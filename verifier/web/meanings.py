"""What the members of our own documents mean, for the API documentation; by type, then by member."""

from schemas.report import CHECKS

MEANINGS: dict[str, dict[str, str]] = {
    "Asked": {
        "input": "The evidence as text: a credential, its JSON, or a link to it.",
        "policy": f"What must pass for you: `require` (names among {', '.join(CHECKS[:-1])}), "
        "`accept_issuers` (ids), `max_age_days` (since `validFrom`), `max_status_age_seconds` (how old the "
        "evidence that it was not withdrawn may be), `accept_assurance` (codes). Leave it away for the "
        "default; an empty one is refused.",
        "expected_recipient": "Whom you expect: an e-mail address, an id or a name. Matched, never kept.",
        "nonce": "The nonce that you gave the holder, for presentations.",
        "audience": "The audience that you named to the holder, for presentations.",
    },
    "Answered": {
        "line": "The line that this answers; the first one is 1.",
        "report": "What was found. Where the wrapper on the line was refused, it never passes.",
        "problem": "Why the wrapper on the line was refused; usually absent.",
    },
    "Report": {
        "verdict": "The answer in one word. `undetermined`: something could not be found out.",
        "authenticity": "Whether it is exactly what its issuer signed.",
        "currency": "Whether it stands today.",
        "sentence": "The answer in one sentence, for people.",
        "claim": "What the credential says; null unless its signature is genuine.",
        "checks": f"Every finding, in the order {', '.join(CHECKS)}.",
        "inputDigest": "`sha256-` and the hexadecimal digest of the evidence as handed over.",
        "verifiedAt": "When it was verified, UTC.",
        "verifier": "Which software in which version verified it.",
        "since": "When it was put on hold or withdrawn, where that is known.",
        "enclosed": "A presentation's credentials, and endorsements, each with an answer of its own.",
    },
    "Enclosed": {
        "role": "A presentation's `credential`, or an `endorsement` of this one.",
        "verdict": "Its own answer.",
        "authenticity": "Whether it is exactly what its issuer signed.",
        "currency": "Whether it stands today.",
        "claim": "What it says; null unless its signature is genuine.",
        "checks": "Its own findings.",
    },
    "Check": {
        "check": "What was looked at.",
        "outcome": "How that went.",
        "reason": "A stable code such as `signature.verified`; programs branch on it. See /docs/reasons.",
        "detail": "The finding in one sentence, for people.",
        "source": "What the finding relied on: an address, a folder, a list's name.",
        "time": "When that source was obtained, UTC.",
    },
    "Claim": {
        "recipient": "Whom it is about.",
        "achievement": "What was achieved.",
        "level": "How well.",
        "issuer": "Who signed it.",
        "validFrom": "From when it holds.",
        "validUntil": "Until when it holds.",
        "assurance": "How sure one can be who answered.",
        "assessment": "How it was measured.",
    },
    "ClaimRecipient": {
        "id": "The subject's id.",
        "name": "The name, where the issuer gave it in plain text.",
    },
    "ClaimAchievement": {
        "id": "The address of its definition.",
        "name": "Its name.",
        "description": "What it is about.",
        "image": "The address of its picture.",
        "criteria": "What had to be shown, in words or as an address.",
    },
    "ClaimLevel": {
        "name": "The level that was reached.",
        "description": "What that level means.",
        "scale": "All levels of the scale, lowest first.",
        "required": "The level that was asked for.",
        "cut": "The result that this level takes.",
    },
    "ClaimIssuer": {
        "id": "The issuer's id.",
        "name": "The name that it gives itself.",
        "domain": "The domain that its key is proven to belong to.",
        "notice": "A warning where its name could be mistaken for another.",
    },
    "ClaimAssurance": {"code": "The declared degree.", "sentence": "What that means, for people."},
    "ClaimAssessment": {
        "name": "The assessment's name.",
        "narrative": "How it was taken.",
        "record": "The address of the assessment record.",
    },
    "Problem": {
        "type": "The address that explains the code.",
        "title": "The problem in one sentence; the same for every occurrence.",
        "status": "The HTTP status.",
        "code": "The stable code; programs branch on it.",
        "detail": "What happened this time.",
        "instance": "Which occurrence this is.",
        "requestId": "The request's number, as in the header `X-Request-Id`; tell it to the operator.",
    },
}
