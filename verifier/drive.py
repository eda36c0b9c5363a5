"""Drives the pipeline: `verify` blocks, `averify` awaits, and both take the same steps."""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor

from schemas.report import Report
from verifier.fetch import Answer, Clock, Fetch, Need, Unreachable, WithoutLinks, utc_now
from verifier.flights import Once
from verifier.https import Https
from verifier.pipeline import pipeline
from verifier.policy import Policy
from verifier.question import Question
from verifier.sandbox import Chore, Done, Sandbox, Undone, shared
from verifier.seen import Seen
from verifier.trust import TrustStore

# What one verification may ask and have decoded, however many credentials, lists and superiors it is led to.
MOST_ASKED = 128


async def averify(
    evidence: bytes | str,
    *,
    policy: Policy | None = None,
    trust: TrustStore | None = None,
    fetch: Fetch | None = None,
    clock: Clock | None = None,
    expected_recipient: str | None = None,
    nonce: str | None = None,
    audience: str | None = None,
    seen: Seen | None = None,
    follow_links: bool = True,
    sandbox: Sandbox | None = None,
    once: Once | None = None,
) -> Report:
    """Verify a credential handed over as text, bytes or a link; never raises, whatever the evidence.

    `trust` names issuers one relies on (default: none), `fetch` answers what must be asked (default: the
    guarded network), `clock` gives an aware time, `expected_recipient` is an e-mail address, id or name,
    `nonce` and `audience` belong to presentations. Share one `seen` between verifications to notice
    replayed status lists. Without `follow_links` a link is no request: whether it leads to a credential
    stays undetermined. `sandbox` decodes pictures and hard graphs (default: one for the whole process).
    Share one `once` between the verifications of one request: then each document is asked for one time.
    """
    # A lone surrogate cannot be encoded as UTF-8; it is passed on for strict parsing to refuse.
    handed = evidence.encode("utf-8", "surrogatepass") if isinstance(evidence, str) else bytes(evidence)
    question = Question(
        evidence=handed,
        digest=hashlib.sha256(handed).hexdigest(),
        now=(clock or utc_now)(),
        trust=trust or TrustStore(),
        seen=seen or Seen(),
        policy=policy,
        expected_recipient=expected_recipient,
        nonce=nonce,
        audience=audience,
    )
    source = fetch or Https(clock=clock or utc_now)
    source = source if follow_links else WithoutLinks(source)
    steps, asked = pipeline(question), 0
    try:
        need = next(steps)
        while True:
            asked += 1
            need = steps.send(
                await _answer(source, once, sandbox, need) if asked <= MOST_ASKED else _no_more(need)
            )
    except StopIteration as done:
        report: Report = done.value
        return report


def verify(
    evidence: bytes | str,
    *,
    policy: Policy | None = None,
    trust: TrustStore | None = None,
    fetch: Fetch | None = None,
    clock: Clock | None = None,
    expected_recipient: str | None = None,
    nonce: str | None = None,
    audience: str | None = None,
    seen: Seen | None = None,
    follow_links: bool = True,
    sandbox: Sandbox | None = None,
    once: Once | None = None,
) -> Report:
    """Like `averify`, blocking; also where an event loop is already running in this thread."""
    asked = averify(
        evidence,
        policy=policy,
        trust=trust,
        fetch=fetch,
        clock=clock,
        expected_recipient=expected_recipient,
        nonce=nonce,
        audience=audience,
        seen=seen,
        follow_links=follow_links,
        sandbox=sandbox,
        once=once,
    )
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(asked)
    # A running loop cannot be entered again: another thread gets one of its own.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, asked).result()


def _no_more(need: Need | Chore) -> Unreachable | Undone:
    detail = f"One verification asks for {MOST_ASKED} things at most, and this one has."
    if isinstance(need, Chore):
        return Undone("sandbox.busy", detail)
    return Unreachable(need.url, "fetch.budget", detail)


async def _answer(
    fetch: Fetch, once: Once | None, sandbox: Sandbox | None, need: Need | Chore
) -> Answer | Done | Undone:
    """Ask, and take any failure of a caller's own Fetch for silence: a Report is owed in every case."""
    if isinstance(need, Chore):
        return await (sandbox or shared()).run(need)
    try:
        return await (fetch.get(need) if once is None else once.get(need, fetch))
    except Exception as error:  # noqa: BLE001 — a foreign implementation may raise anything
        return Unreachable(need.url, "fetch.failed", f"Fetching failed ({type(error).__name__}).")
