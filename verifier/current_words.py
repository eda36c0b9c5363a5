"""The words for what is genuine and current: green, or why not; here an issuer's standing decides."""

from schemas.report import Check, Outcome, Reason, Report
from verifier.phrases import (
    QUOTES,
    Gettext,
    Words,
    achievement_name,
    day,
    finding,
    issuer_name,
    key_name,
    plain,
    recipient_name,
)

# What a caller asked for beyond authenticity and currency, and the shape that the standards ask for.
_DEMANDS = ("shape", "validity", "recipient", "policy")


def current(report: Report, gettext: Gettext) -> Words:
    """Genuine and current: green only where a named source vouches for the issuer and nothing is open."""
    if report.verdict != "valid":
        return _left_open(report, gettext)
    told = [found for found in report.checks if found.check == "standing"]
    standing = told[0] if len(told) == 1 else max(told, key=_weight, default=None)
    if standing is not None and standing.outcome is Outcome.FAIL:
        return _doubtful(report, standing, gettext)
    for found in report.checks:
        if found.check == "issuer_key" and found.outcome is not Outcome.PASS:
            return _key_elsewhere(report, found, gettext)
    if standing is not None and standing.outcome is Outcome.PASS:
        return _vouched(report, standing, gettext)
    if standing is None or standing.reason is Reason.STANDING_UNKNOWN:
        return _stranger(report, gettext)
    return _doubtful(report, standing, gettext)


def _left_open(report: Report, gettext: Gettext) -> Words:
    """Something that is required could not be determined: which, and where a policy asks for it, why."""
    opened = {found.check: found for found in reversed(report.checks) if found.outcome is Outcome.UNKNOWN}
    first = next((name for name in _DEMANDS if name in opened), "")
    detail = opened[first].detail if first else ""
    if first == "policy" and "standing" in opened:
        detail = f"{finding(opened['standing'])} {detail}"
    headline = gettext("Genuine. We could not check everything you asked")
    return Words("neutral", "question", headline, detail)


def _weight(found: Check) -> int:
    """Which finding about an issuer's standing decides: a warning, a stranger, another name, a silence."""
    if found.outcome is Outcome.FAIL:
        return 5
    if found.reason is Reason.STANDING_UNKNOWN:
        return 4
    if found.reason is Reason.STANDING_OTHER_NAME:
        return 3
    if found.outcome is Outcome.UNKNOWN:
        return 2
    return 1 if found.outcome is Outcome.PASS else 0


def _vouched(report: Report, standing: Check, gettext: Gettext) -> Words:
    claim = report.claim
    said = {
        "issuer": issuer_name(report, gettext),
        "achievement": achievement_name(report, gettext),
        "recipient": recipient_name(report, gettext),
        "date": day(claim.valid_from if claim else None, gettext),
    }
    if standing.reason is Reason.STANDING_OWN:
        sentence = gettext(
            "Issued here by %(issuer)s, who awarded %(achievement)s to %(recipient)s on %(date)s."
        )
    else:
        said["source"] = plain(standing.source or "")
        sentence = gettext(
            "%(issuer)s awarded %(achievement)s to %(recipient)s on %(date)s. %(source)s lists this issuer."
        )
    if claim is not None and claim.valid_until is not None:
        said["until"] = day(claim.valid_until, gettext)
        sentence += " " + gettext("Valid until %(until)s.")
    return Words("good", "seal", gettext("Genuine and current"), sentence % said)


def _stranger(report: Report, gettext: Gettext) -> Words:
    """Nobody vouches: what is proven comes first, what the issuer says of itself is called that."""
    sentence = _controls(report, gettext) + " " + _calls_itself(report, gettext)
    for found in report.checks:
        if found.check == "standing" and found.outcome is Outcome.UNKNOWN and found.source:
            more = gettext("%(source)s could not be asked.")
            if found.reason is not Reason.STANDING_UNREACHABLE:
                more = gettext("%(source)s cannot be relied on now.")
            sentence += " " + more % {"source": plain(found.source)}
            break
    headline = gettext("Genuine signature, issuer not known to us")
    if _hosted(report):
        headline = gettext("Genuine, issuer not known to us")
    return Words("neutral", "outline", headline, sentence)


def _doubtful(report: Report, standing: Check, gettext: Gettext) -> Words:
    """Somebody vouches, but somebody else warns, could not be asked, or knows another name."""
    who = _controls(report, gettext)
    if standing.outcome is Outcome.FAIL:
        headline = gettext("Genuine, but there is a warning about its issuer")
        return Words("warn", "caution", headline, f"{finding(standing)} {who}")
    if standing.outcome is Outcome.UNKNOWN:
        headline = gettext("Genuine. We could not ask everyone whom we rely on")
        return Words("neutral", "question", headline, f"{finding(standing)} {who}")
    headline = gettext("Genuine signature, issuer known under another name")
    if _hosted(report):
        headline = gettext("Genuine, issuer known under another name")
    return Words("neutral", "outline", headline, f"{finding(standing)} {who}")


def _key_elsewhere(report: Report, found: Check, gettext: Gettext) -> Words:
    headline = gettext("Genuine signature, but its issuer does not list the key")
    if _hosted(report):
        headline = gettext("Genuine, but only the host on which it stands says so")
    return Words("neutral", "outline", headline, f"{found.detail} {_calls_itself(report, gettext)}")


def _controls(report: Report, gettext: Gettext) -> str:
    """What is proven: who can sign like this, as a domain or, where there is none, as a key."""
    issuer = report.claim.issuer if report.claim else None
    if issuer is not None and issuer.domain is None:
        return gettext("Whoever holds the key %(key)s signed this.") % {"key": key_name(issuer.id)}
    if _hosted(report):
        return gettext("Whoever controls %(domain)s publishes this.") % {"domain": _domain(report, gettext)}
    return gettext("Whoever controls %(domain)s signed this.") % {"domain": _domain(report, gettext)}


def _hosted(report: Report) -> bool:
    """Whether its own address stands in for a signature (Open Badges 2.0)."""
    return any(found.reason is Reason.SIGNATURE_HOSTED for found in report.checks)


def _calls_itself(report: Report, gettext: Gettext) -> str:
    issuer = report.claim.issuer if report.claim else None
    name = plain(issuer.name or "") if issuer else ""
    if not name:
        return gettext("They give no name; nobody we rely on has said who they are.")
    sentence = gettext("They call themselves “%(name)s”; nobody we rely on has confirmed that.")
    return sentence % {"name": name.translate(QUOTES)}


def _domain(report: Report, gettext: Gettext) -> str:
    issuer = report.claim.issuer if report.claim else None
    return plain(issuer.domain or "") if issuer else gettext("the issuer's key")
