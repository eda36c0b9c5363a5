"""The members of Open Badges 2.0's objects, which may be anything, and under two names."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from verifier.lint.rule import named_id


def verification(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """How an assertion, or a profile's assertions, are to be verified (alias: `verify`)."""
    found = holder.get("verification", holder.get("verify"))
    return found if isinstance(found, dict) else {}


def issuer_of(badge_class: Any) -> str | None:
    """The id of a badge class's issuer, whether it stands alone or in an object."""
    return named_id(badge_class, "issuer") if isinstance(badge_class, dict) else None


def authority(url: Any) -> str | None:
    """The authority of a plain https address; None for anything else.

    Plain: nothing before the host but the scheme, no fragment, and no way up the path, which some would
    follow before they look and others after.
    """
    if not isinstance(url, str) or not url.startswith("https://") or "\\" in url or "#" in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    upward = {".", ".."} & set(unquote(parts.path).split("/"))
    return parts.netloc.lower() if parts.netloc and "@" not in parts.netloc and not upward else None


def texts(holder: Mapping[str, Any], member: str) -> list[str]:
    """The strings of a member that may stand alone or in a list."""
    value = holder.get(member)
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
