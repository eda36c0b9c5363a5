"""Contexts that no installed package carries: their terms, written down from the standard that defines them.

What a term means is a fact that a signature relies on, so each is compared with the published document: the
digests are its own, and a test holds the terms against a full JSON-LD processor.
"""

from typing import Any, NamedTuple


class Written(NamedTuple):
    """A context's address, what it defines, and the digests of the document there when it was `seen`."""

    url: str
    context: dict[str, Any]
    sha256: str
    sha384: str
    seen: str


_STATUS_LIST = "https://w3id.org/vc/status-list#"
_SCHEMA = "http://schema.org/"


def _type(kind: str, /, **terms: Any) -> dict[str, Any]:
    """A type of Verifiable Credentials Status List v2021 with a context of its own."""
    own = {"@protected": True, "id": "@id", "type": "@type", **terms}
    return {kind: {"@id": _STATUS_LIST + kind, "@context": own}}


_PURPOSE = {"statusPurpose": f"{_STATUS_LIST}statusPurpose"}
WRITTEN = (
    Written(
        "https://w3id.org/vc/status-list/2021/v1",
        {
            "@protected": True,
            **_type("StatusList2021Credential", description=f"{_SCHEMA}description", name=f"{_SCHEMA}name"),
            **_type("StatusList2021", encodedList=f"{_STATUS_LIST}encodedList", **_PURPOSE),
            **_type(
                "StatusList2021Entry",
                statusListIndex=f"{_STATUS_LIST}statusListIndex",
                statusListCredential={"@id": f"{_STATUS_LIST}statusListCredential", "@type": "@id"},
                **_PURPOSE,
            ),
        },
        "6dd06a52bedb771e059c1083ba8ba7848dce22f6b4a8cfa0b98ba3fc188870e4",
        "39cf407ecaeb587a59e2e367384219d14e52d5997624ce61bbc9af4a7e4e3f6205e5d100b4c4e6fd1e19bc37046c5194",
        "2022-04-04",
    ),
)
