"""One form of an e-mail address, so that the same person is found again however the address was typed."""

import re
import unicodedata

import idna

from schemas.problems import ProblemError

LOCAL_AT_MOST = 64  # octets, RFC 5321, section 4.5.3.1.1
ADDRESS_AT_MOST = 254  # octets, RFC 3696, erratum 1690
# RFC 5322 dot-atom, with the letters of RFC 6531; no quoted strings: nobody has one and they hide surprises.
_LOCAL = re.compile(r"[^\s\x00-\x20\x7f\"(),:;<>@\[\\\].]+(?:\.[^\s\x00-\x20\x7f\"(),:;<>@\[\\\].]+)*")


def normalise_email(text: str) -> str:
    """Return the address trimmed, in NFC, in lower case, its domain in ASCII; raises `person.email`.

    The local part is lower-cased too: RFC 5321 lets a host tell `A@` from `a@`, and no host that matters
    does.
    """
    address = unicodedata.normalize("NFC", text).strip()
    local, at, domain = address.rpartition("@")
    # Lower-casing can leave NFC (a dotted capital I, for one), so it is composed again.
    local = unicodedata.normalize("NFC", local.lower())
    if not at or not _LOCAL.fullmatch(local) or any(not character.isprintable() for character in local):
        raise ProblemError("person.email")
    try:
        host = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise ProblemError("person.email") from error
    normal = f"{local}@{host}"
    if "." not in host or host.endswith(".") or len(local.encode()) > LOCAL_AT_MOST:
        raise ProblemError("person.email", "The address needs a domain such as example.org.")
    if len(normal.encode()) > ADDRESS_AT_MOST:
        raise ProblemError("person.email", "The address is too long.")
    return normal
