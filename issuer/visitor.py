"""A visitor, as far as plain forms and a JSON API need one: the demonstration walks in with it."""

import contextlib
import http.client
import json
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Struct

from issuer.settings import StartRefused

REQUEST_SECONDS = 30.0


class DemoFailed(StartRefused):
    """A step did not go as told; the sentence says which."""

    def __init__(self, detail: str) -> None:
        super().__init__("demo.failed", detail)


class Answer(Struct, frozen=True):
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return msgspec.json.decode(self.body)

    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Site(Struct, frozen=True):
    """The service, and the token that its API asks for."""

    base_url: str
    token: str = ""

    def ask(
        self, method: str, address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request to a path of the service, or to an address that must be the service's own."""
        here, there = urlsplit(self.base_url), urlsplit(address)
        if there.netloc and there.netloc != here.netloc:
            raise DemoFailed(f"An address leads away from the service: {address}")
        path = there.path + (f"?{there.query}" if there.query else "")
        connection = http.client.HTTPConnection(
            here.hostname or "localhost", here.port, timeout=REQUEST_SECONDS
        )
        try:
            connection.request(method, path, body, dict(headers or {}))
            got = connection.getresponse()
            return Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        finally:
            connection.close()

    def get(self, address: str, accept: str = "*/*") -> Answer:
        """GET what must be there."""
        got = self.ask("GET", address, headers={"Accept": accept})
        return expect(got, 200, f"Reading {urlsplit(address).path}")

    def post(self, path: str, document: object, status: int) -> Any:
        """POST JSON to the API with the token."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        got = self.ask("POST", path, json.dumps(document).encode(), headers)
        return expect(got, status, f"Asking {path}").json()

    def send_form(self, action: str, fields: list[tuple[str, str]]) -> str:
        """POST a form as a browser does; returns where the page leads."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        got = self.ask("POST", action, urlencode(fields).encode(), headers)
        return expect(got, 303, f"Sending a form to {urlsplit(action).path}").headers["location"]


class Form(Struct):
    """A form on a page: where it goes, what it would send."""

    action: str
    fields: list[tuple[str, str]]
    choices: list[str]


class Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, a hidden field, a choice."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self.found.append(Form(given.get("action", ""), [], []))
        elif tag == "input" and self.found and given.get("type") == "hidden":
            self.found[-1].fields.append((given.get("name", ""), given.get("value", "")))
        elif tag == "input" and self.found and given.get("name") == "option":
            self.found[-1].choices.append(given.get("value", ""))


def expect(got: Answer, status: int, what: str) -> Answer:
    """Return the answer if its status is as told; what the service said goes into the sentence otherwise."""
    if got.status == status:
        return got
    said = ""
    with contextlib.suppress(msgspec.DecodeError, AttributeError, UnicodeDecodeError):
        said = f" It says: {got.json().get('code')} {got.json().get('detail') or ''}"
    raise DemoFailed(f"{what} was answered with {got.status} instead of {status}.{said}")


def forms(site: Site, link: str) -> list[Form]:
    """The forms on the page behind a link."""
    parser = Forms()
    parser.feed(site.get(link, "text/html").text())
    return parser.found
