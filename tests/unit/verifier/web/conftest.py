"""Every page of the product with made-up contexts, and the standalone application around a real verifier."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Shown
from typing import Any, Protocol

import httpx
import msgspec
import pytest

from issuer.assessments.documents import documents
from issuer.assessments.kinds.task import Agreement
from issuer.assessments.record import Level, Plan
from issuer.assessments.stated import Basis
from issuer.simulation.figures import Band, ConfidenceBin, Extremes, Figures, LevelFigures, WorldFigures
from schemas.assessment import (
    Area,
    Bank,
    Calibration,
    Conditions,
    DifSummary,
    FitSummary,
    LevelCut,
    Translation,
)
from schemas.items import Parameters, Single, Task
from schemas.problems import ProblemError
from schemas.report import (
    Authenticity,
    Check,
    Claim,
    ClaimAchievement,
    ClaimAssessment,
    ClaimAssurance,
    ClaimIssuer,
    ClaimLevel,
    ClaimRecipient,
    Currency,
    Enclosed,
    Outcome,
    Reason,
    Report,
    Verdict,
)
from schemas.standard import Panel, SetLevel, Standard
from verifier.web import api_docs, openapi, reasons
from verifier.web.app import WebSettings, create_app
from verifier.web.problems import catalogue, render_problem
from verifier.web.render import render
from verifier.web.verdict import verdict_page

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
BASE = "https://verify.example"
Say = Callable[[str], str]
PASSED = {
    "carrier": ("pass", "carrier.token", "A signed token."),
    "well_formed": ("pass", "well_formed.ok", "Every part is well-formed."),
    "proof": ("pass", "proof.recognised", "A JSON Web Signature with ES256."),
    "issuer_key": ("pass", "issuer_key.listed", "The issuer's own document lists the key."),
    "signature": ("pass", "signature.verified", "The signature fits."),
    "shape": ("pass", "shape.ok", "It follows the standards."),
    "validity": ("pass", "validity.current", "It is valid now."),
    "status": ("pass", "status.clear", "The issuer's list says that it stands."),
    "standing": ("pass", "standing.own", "Issued here."),
    "recipient": ("skipped", "recipient.not_asked", "Nobody asked."),
    "endorsements": ("pass", "endorsements.none", "There are none."),
    "policy": ("skipped", "policy.not_given", "No policy was given."),
}


class World(Protocol):
    """What is used here of the issuer in the conftest above."""

    now: datetime

    async def verify(self, evidence: bytes | str, **asked: Any) -> Report: ...
    def sign(self, document: dict[str, Any] | None = None, **header: Any) -> str: ...
    def badge(self, **changes: Any) -> dict[str, Any]: ...


def unchanged(text: str) -> str:
    return text


def made_claim(say: Say = unchanged, **changes: Any) -> Claim:
    claim = Claim(
        recipient=ClaimRecipient("urn:uuid:1", say("Ada Lovelace")),
        achievement=ClaimAchievement(
            "urn:uuid:2", say("SQL for analysts"), say("Answers questions with SQL.")
        ),
        level=ClaimLevel(
            say("Practitioner"), say("Works alone."), (say("Foundation"), say("Practitioner")), None, "0.7"
        ),
        issuer=ClaimIssuer("did:web:issuer.example:o:demo", say("Northwind Analytics"), "issuer.example"),
        valid_from="2026-06-26T09:00:00Z",
        valid_until="2028-06-26T09:00:00Z",
        assurance=ClaimAssurance("unsupervised", "Help from people or AI tools not excluded."),
        assessment=ClaimAssessment(
            say("SQL, 20 questions"), say("Unseen questions."), "https://issuer.example/r/1"
        ),
    )
    return msgspec.structs.replace(claim, **changes)


def made_report(
    verdict: Verdict = "valid",
    authenticity: Authenticity = "genuine",
    currency: Currency = "current",
    claim: Claim | None = None,
    since: str | None = None,
    **found: tuple[str, str, str],
) -> Report:
    checks = tuple(
        Check(
            name,
            Outcome(outcome),
            Reason(reason),
            detail,
            source="the register of examples" if reason == "standing.vouched" else None,
            time="2026-11-23T14:05:00Z" if name == "status" else None,
        )
        for name, (outcome, reason, detail) in {**PASSED, **found}.items()
    )
    return Report(
        verdict=verdict,
        authenticity=authenticity,
        currency=currency,
        sentence="",
        claim=claim,
        checks=checks,
        input_digest="sha256-" + "ab" * 32,
        verified_at="2026-11-23T14:05:00Z",
        verifier="assay/0",
        since=since,
    )


def taking(say: Say) -> dict[str, bytes]:
    """The pages of taking an assessment, every text passed through `say`."""
    where: dict[str, Any] = {
        "organization": say("Northwind Analytics"),
        "assessment": say("SQL for analysts"),
        "tongue": Shown(tag="en", dir="ltr"),
    }
    arabic = Shown(tag="ar", name=say("العربية"), dir="rtl")
    languages = [Shown(tag="en", name=say("English"), dir="ltr"), arabic]
    kept = Shown(answers=None, works=None, answers_until=None, link_until=None)
    deleted = Shown(answers=365, works=30, answers_until=NOW, link_until=NOW)
    levels = [
        Shown(name=say("Foundation"), description=say("Everyday queries."), cut=0.5),
        Shown(name=say("Practitioner"), description=say("Works alone."), cut=0.7),
    ]
    before = render(
        "issuer.assessments/take_before.html",
        **where,
        languages=languages,
        kept=deleted,
        person=say("Ada Lovelace"),
        areas=[Shown(name=say("Joins"), description=say("Combine tables."))],
        levels=levels,
        items_at_least=15,
        items_per_step=20,
        items_at_most=80,
        tasks=1,
        minutes=25,
        limit=40,
        pauses=2,
        permitted_aids=say("Documentation, no AI tools."),
        assurance="unsupervised",
        threshold=0.95,
        valid_months=24,
        expires=NOW,
        action="/take/x/start",
        recorded=[
            Shown(signal=signal, purpose=say("Finding questions that are known to takers."))
            for signal in ("response-times", "person-fit")
        ],
    )

    def question(kind: str, **changes: Any) -> bytes:
        options = [Shown(id=say("a"), text=say("One row")), Shown(id=say("b"), text=say("`NULL`"))]
        asked = Shown(
            id=say("q1"),
            kind=kind,
            stem=say("What does `SELECT 1` return?"),
            exhibit=say("SELECT *\nFROM orders"),
            pictures=[],
            options=options,
            targets=options,
            gaps=[
                Shown(before=say("SELECT"), id=say("g"), options=options),
                Shown(before=say("FROM t"), id=None),
            ],
            unit=say("rows"),
            words_at_most=200,
            aids=say("AI tools are allowed."),
            rubric=[(say("The query"), say("It runs."))],
        )
        usual: dict[str, Any] = {
            **where,
            "question": asked,
            "number": 7,
            "total": 20,
            "most": 20,
            "step": 1,
            "minutes_left": None,
            "pause_action": None,
            "action": "/take/x/answers",
            "given": {},
            "error": None,
            "notice": None,
            "reached": None,
            "finish_action": None,
        }
        return render("issuer.assessments/take_question.html", **{**usual, **changes})

    def outcome(name: str, **changes: Any) -> bytes:
        link = Shown(name=say("A manual"), url="https://learn.example/joins")
        bands = ("stronger", "as_expected", "work_on_this", "too_few")
        usual: dict[str, Any] = {
            **where,
            "languages": (),
            "kept": kept,
            "groups": None,
            "person": say("Ada Lovelace"),
            "outcome": name,
            "measured": say("Reading and writing SQL."),
            "level": None,
            "levels": levels,
            "adaptive": False,
            "tasks": False,
            "again": None,
            "again_action": None,
            "asked": 40,
            "right": 31,
            "set_aside": 0,
            "unfit": 0,
            "score": 0.775,
            "error": 0.065,
            "threshold": 0.95,
            "items_per_step": 20,
            "bands": [
                Shown(name=say("Joins"), band=band, asked=5, low=40, high=75, links=[link]) for band in bands
            ],
            "continue_action": None,
            "finish_action": None,
            "share_action": None,
            "unshare_action": None,
            "confirmation": None,
            "silent_below": None,
            "compared": levels[1],
            "signing": False,
            "notice": None,
            "reached": None,
            "standing": None,
            "standing_since": None,
            "reason": None,
            "review": "/take/x/review",
            "corrected": False,
        }
        return render("issuer.assessments/take_outcome.html", **{**usual, **changes})

    def review(*requests: Any, **changes: Any) -> bytes:
        usual: dict[str, Any] = {
            **where,
            "back": "/take/x",
            "requests": requests,
            "action": None,
            "often": False,
            "given": "",
            "error": None,
            "at_most": 2000,
        }
        return render("issuer.review.requests/review.html", **{**usual, **changes})

    def asked(state: str, became: str | None = None) -> Shown:
        return Shown(
            state=state,
            asked_at=NOW,
            answered_at=NOW if became else None,
            words=say("Question 7 has two right answers.\nBoth run."),
            answer=say("You are right.") if became else None,
            became=became,
            level=say("Practitioner") if became == "raised" else None,
        )

    became = ("stands", "deciding", "rejected", "raised", "same", "kept", "withdrawn")
    reviews = {
        "review-ask": review(action="/take/x/review"),
        "review-error": review(action="/take/x/review", given=say("  "), error=say("Write something.")),
        "review-received": review(asked("received")),
        "review-begun": review(asked("begun"), asked("answered", "stands")),
        "review-often": review(*(asked("answered", one) for one in became), often=True),
        "review-again": review(asked("answered", "raised"), action="/take/x/review"),
        "review-deleted": review(Shown(**{**vars(asked("answered", "kept")), "words": None, "answer": None})),
    }
    held = {"level": levels[1], "standing": "good"}
    on_hold = {"level": levels[1], "standing_since": NOW, "reason": say("A second look.")}
    closed = {
        f"closed-{reason}": render(
            "issuer.assessments/take_closed.html",
            reason=reason,
            code="invitation.expired",
            request_id="4f1a",
            **where,
        )
        for reason in ("expired", "used", "erased")
    }
    return {
        "before": before,
        **grouping(say, where),
        "question-single": question("single"),
        "question-multiple": question("multiple", step=2, notice=say("Kept.")),
        "question-error": question(
            "multiple", error=say("Choose an answer, then go on."), given={"option": (say("b"),)}
        ),
        **{
            f"question-{kind}": question(kind)
            for kind in ("order", "match", "inline", "text", "numeric", "task")
        },
        "question-reached": question("single", step=2, reached=levels[0], finish_action="/f"),
        "question-adaptive": question(
            "single", total=None, most=60, minutes_left=12, pause_action="/take/x/pause"
        ),
        "paused": render(
            "issuer.assessments/take_paused.html", **where, minutes_left=1, pauses_left=1, action="/r"
        ),
        "question-inline-rtl": question("inline", tongue=arabic),
        "outcome-task": outcome("not_yet", tasks=True, kept=deleted, groups="/take/x/groups"),
        "outcome-adaptive": outcome(
            "continue", adaptive=True, continue_action="/c", finish_action="/f", silent_below=4
        ),
        "outcome-again": outcome(
            "not_yet", again=NOW, again_action="/take/x/start", languages=languages, tongue=arabic
        ),
        "outcome-award": outcome("award", **held, share_action="/take/x/share", confirmation="/c"),
        "outcome-shared": outcome(
            "award", corrected=True, **held, share_action="/share", unshare_action="/unshare"
        ),
        "outcome-stopped": outcome("award", **held, set_aside=20, unfit=1, share_action="/take/x/share"),
        "outcome-signing": outcome("award", **held, signing=True, notice=say("Soon.")),
        "outcome-on-hold": outcome("award", **on_hold, standing="suspended"),
        "outcome-withdrawn": outcome("award", **on_hold, standing="revoked", unshare_action="/unshare"),
        "outcome-not-yet": outcome("not_yet", again=NOW),
        "outcome-continue": outcome(
            "continue", review=None, continue_action="/c", finish_action="/f", reached=levels[0]
        ),
        "outcome-open": outcome("continue", continue_action="/c", finish_action="/f"),
        **closed,
        **reviews,
        "closed-unknown": render(
            "issuer.assessments/take_closed.html",
            reason="unknown",
            organization=None,
            assessment=None,
            tongue=None,
            code="invitation.unknown",
            request_id=None,
        ),
    }


def grouping(say: Say, where: dict[str, Any]) -> dict[str, bytes]:
    """What a taker may say of themselves: asked and answered, and not asked."""
    asked = [
        Shown(
            field="group.age",
            name=say("Age group"),
            purpose=say("To see whether questions treat people alike."),
            options=[say("under 40"), say("40 and over")],
            given=given,
        )
        for given in (None, say("under 40"))
    ]
    return {
        name: render(
            "issuer.fairness/take_groups.html",
            **where,
            asked=shown,
            fewest=20,
            until=until,
            saved=until is not None,
            action="/take/x/groups",
            back="/take/x",
        )
        for name, shown, until in (("groups", asked, NOW), ("groups-none", (), None))
    }


def confirming(say: Say) -> dict[str, bytes]:
    """The pages of a supervised confirmation."""
    where: dict[str, Any] = {
        "organization": say("Northwind Analytics"),
        "assessment": say("SQL for analysts"),
    }

    def code(state: str, error: str | None = None, *, possible: bool = True) -> bytes:
        return render(
            "issuer.confirmation/confirm_code.html",
            **where,
            credential="5b0c7a3e-0a57-5a42-8d0f-2f5e0b1c9a77",
            count=12,
            minutes=24,
            permitted_aids=say("Documentation, no AI tools."),
            possible=possible,
            action="/take/x/confirmation",
            result="/take/x",
            state=state,
            why=say("The alarm rang."),
            error=error,
        )

    def end(state: str) -> bytes:
        return render(
            "issuer.confirmation/confirm_end.html", **where, state=state, why=say("The alarm rang.")
        )

    return {
        "confirm-code": code("none"),
        "confirm-error": code("open", say("This code opens nothing.")),
        "confirm-again": code("again"),
        "confirm-needless": code("none", possible=False),
        "confirm-waits": code("unsure"),
        **{f"confirm-{state}": end(state) for state in ("confirmed", "inconsistent", "unfinished", "leave")},
    }


def reporting(say: Say) -> dict[str, bytes]:
    """The technical report: of an uncalibrated bank, and with everything that one can have."""
    area = Area("a", say("Joins"), say("Combine tables."), ())
    asked: dict[str, Any] = {"area": "a", "stem": "?", "options": (), "key": ()}
    plain = Bank(
        id=say("sql"),
        version=say("1"),
        title=say("SQL for analysts"),
        language="en",
        description=say("Reading and writing SQL."),
        calibration="uncalibrated",
        standard_setting=say("author's choice, no panel"),
        areas=(area,),
        items=(Single(id="i", **asked),),
    )
    levels = (Level("working", say("Working"), say("Everyday queries."), 0.5),)
    plan = Plan(levels, 0.95, 20, 80, "unsupervised", say("Documentation."))
    chosen = Conditions(permitted_aids="none")
    uncalibrated = documents(
        say("Northwind"), plain, "ab" * 32, plan, Basis(conditions=chosen, cuts=()), simulation=None
    )
    several = [
        Single(id=f"i{n}", parameters=Parameters("2pl", 1.0, n / 4, se_a=0.1, se_b=0.2, n=500), **asked)
        for n in range(-8, 9)
    ]
    task = Task(id="t", area="a", stem="?", rubric=(), words_at_most=9, parameters=Parameters("2pl", 1, 0.0))
    calibrated = msgspec.structs.replace(
        plain,
        areas=(msgspec.structs.replace(area, weight=2),),
        items=(*several, task),
        calibration=Calibration(
            "2pl",
            "simulated",
            2000,
            "cd" * 32,
            -1.5,
            fit=FitSummary(17, 1, say("p below .05")),
            dif=(DifSummary(say("A against B"), 15, 1, 1, 0, 2),),
        ),
        translations={"de": Translation("", "", {}, {})},
    )
    standard = Standard(
        bank="ab" * 32,
        method="angoff",
        levels=(SetLevel("working", 0.1, "ability", 0.05, 0.5, 0.02, 0.1),),
        panel=Panel(say("six analysts"), 6, 2, {"working": (0.1, 0.05)}),
        items=18,
        ratings="ef" * 32,
    )
    everything = documents(
        say("Northwind"),
        calibrated,
        "ab" * 32,
        plan,
        Basis(
            conditions=Conditions(
                permitted_aids="none", delivery="adaptive", tasks=1, minutes_per_step=30, pauses=1, epochs=2
            ),
            cuts=(LevelCut("working", 0.1),),
            standard=standard,
            figures=made_figures(say),
            agreement=Agreement(20, 0.8, 0.6),
        ),
    )
    found = {"report": uncalibrated.page, "report-everything": everything.page}
    # The address of the JSON is the digest of what people wrote, among other things.
    return {name: re.sub(rb"reports/[0-9a-f]{64}", b"reports/x", page) for name, page in found.items()}


def made_figures(say: Say) -> Figures:
    """A simulation of one world."""
    bands = (
        Band(None, -1.0, 100, 0.1, 0.3, 0.3, 0.0, 20.0),
        Band(-1.0, 1.0, 100, 0.0, 0.3, 0.3, 0.4, 30.0),
        Band(1.0, None, 100, -0.1, 0.3, 0.3, 1.0, 20.0),
    )
    worst = Extremes(0.93, 0.03, 0.02, 0.03, 0.3, 27.0, 0.25)
    world = WorldFigures(
        name=say("true"),
        says=say("The model is right."),
        accuracy=0.94,
        false_among_awards=0.02,
        qualified_missed=None,
        mean_items=26.6,
        max_exposure=0.25,
        false_among_awards_one_sitting=0.02,
        false_among_awards_pooled=0.03,
        mean_items_pooled=40.0,
        max_exposure_pooled=0.25,
        awarded=0.5,
        confidence=0.02,
        levels=(LevelFigures("working", 0.1, 0.94, 0.02, None),),
        worst=worst,
        confidence_bins=(ConfidenceBin(0.9, 1.0, 300, 0.97, 0.98),),
        error_by_ability=bands,
    )
    return Figures("gh" * 32, "2pl", "ability", say("2PL"), 17, 5000, (1, 2, 3, 4, 5, 6), 0.95, (world,))


def sharing(say: Say) -> dict[str, bytes]:
    """The shared credential in every standing."""

    def share(**changes: Any) -> bytes:
        levels = [
            Shown(name="Foundation", description=say("Everyday queries."), percent=50),
            Shown(name=say("Practitioner"), description=say("Works alone."), percent=70),
        ]
        usual: dict[str, Any] = {
            "organization": say("Northwind Analytics"),
            "domain": "issuer.example",
            "recipient": say("Ada Lovelace"),
            "achievement": Shown(
                name=say("SQL for analysts"), description=say("Answers questions."), criteria=say("20 right.")
            ),
            "level": levels[1],
            "levels": levels,
            "awarded": NOW - timedelta(days=150),
            "valid_until": NOW + timedelta(days=580),
            "now": NOW,
            "standing": "good",
            "standing_since": None,
            "assessment": say("SQL for analysts"),
            "permitted_aids": say("Documentation."),
            "narrative": None,
            "assurance": "unsupervised",
            "record_url": "https://issuer.example/o/demo/records/1",
            "alignments": [
                Shown(name=say("SQL"), framework=say("ESCO"), url="https://esco.example", code=say("S1"))
            ],
            "new": False,
            "link": "https://issuer.example/c/demo.token",
            "verify_url": "/c/demo.token/verify",
            "badge_url": "/badge.svg",
            "baked_png_url": "/c/demo.token/credential.png",
            "baked_svg_url": "/c/demo.token/credential.svg",
            "qr_svg_url": "/qr.svg",
            "qr_png_url": "/qr.png",
            "downloads": [("/c/demo.token/credential.jwt", "Credential", "the signed original")],
        }
        return render("issuer.sharing/share.html", **{**usual, **changes})

    return {
        "share": share(),
        "share-new": share(new=True),
        "share-outside": share(narrative=say("Measured by another provider."), permitted_aids=None),
        "share-supervised": share(assurance="supervised", alignments=[], record_url=None),
        "share-on-hold": share(standing="suspended", standing_since=NOW, assurance="confirmed"),
        "share-withdrawn": share(standing="revoked", standing_since=NOW, assurance="identity-checked"),
        "share-expired": share(valid_until=NOW, assurance="something new"),
    }


def verifying(say: Say) -> dict[str, bytes]:
    """The verify page, its answers, errors and documentation."""
    claim = made_claim(say)
    found = say("Why it is so.")
    api = openapi.document("Verifier API", "0", "One honest answer.")
    noticed = made_claim(
        say, issuer=ClaimIssuer("did:web:x", say("Harvard"), "x.example", say("Looks like y."))
    )
    sparse = Claim()
    keyed = made_claim(say, issuer=ClaimIssuer(f"did:jwk:{'eyJrdHkiOiJPS1AiLCJjcnYi' * 6}", say("Harvard")))
    return {
        "verify": render("verifier.web/verify.html", text="", error=None),
        "verify-error": render("verifier.web/verify.html", text=say("abc"), error=say("Paste something.")),
        "verdict-own": verdict_page(made_report(claim=claim), subject_link="/c/x"),
        "verdict-unknown": verdict_page(
            made_report(claim=noticed, standing=("unknown", "standing.unknown", found))
        ),
        "verdict-sparse": verdict_page(made_report(claim=sparse)),
        "verdict-matched": verdict_page(
            made_report(claim=claim, recipient=("pass", "recipient.matched", found))
        ),
        "verdict-forged": verdict_page(
            made_report(
                "invalid", "not_genuine", "cannot_tell", signature=("fail", "signature.invalid", found)
            )
        ),
        "verdict-revoked": verdict_page(
            made_report("invalid", "genuine", "revoked", claim, status=("fail", "status.revoked", found))
        ),
        "verdict-key": verdict_page(
            made_report(claim=keyed, standing=("unknown", "standing.unknown", found))
        ),
        "verdict-warned": verdict_page(
            made_report(claim=claim, standing=("fail", "standing.distrusted", found))
        ),
        "verdict-inside": verdict_page(
            msgspec.structs.replace(
                made_report(claim=claim),
                enclosed=tuple(
                    Enclosed(role, "valid", "genuine", "current", keyed, made_report().checks)
                    for role in ("credential", "endorsement")
                ),
            )
        ),
        "reasons": render("verifier.web/reasons.html", steps=reasons.steps()),
        "problem": render_problem(ProblemError("request.not_found", say("No.")), BASE, "text/html", "1").body,
        "problems": catalogue(),
        "api-docs": render(
            "verifier.web/api_docs.html",
            title="Verifier API",
            version="0",
            introduction="One honest answer.",
            operations=api_docs.operations(api),
        ),
    }


def pages(say: Say = unchanged) -> dict[str, bytes]:
    """Every page by name; `say` may replace any text that comes from people."""
    return {**taking(say), **confirming(say), **reporting(say), **sharing(say), **verifying(say)}


@pytest.fixture
def report() -> Callable[..., Report]:
    return made_report


@pytest.fixture
def claim() -> Callable[..., Claim]:
    return made_claim


@pytest.fixture(scope="session")
def gallery() -> Callable[..., dict[str, bytes]]:
    return pages


@pytest.fixture
async def web(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The standalone application, asked as a browser or program would."""
    application = create_app(WebSettings(base_url=BASE), lambda: world.now, world.verify)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
