"""`assay conformance jose`: what the W3C's suite for VC-JOSE-COSE asks of an implementation's command line.

It gives one key, so the outer token is signed or checked and nothing that it encloses; and its fixtures are
from 2024, so their times are not looked at. `assay verify` does all of that.
"""

import asyncio
from pathlib import Path
from typing import Any, Literal

import msgspec
import rich_click as click
from msgspec import Struct

from keys.proofs.jose import Jws, draft
from keys.public import KeyRefused, PublicKey
from keys.stores.disclosed import Disclosed
from schemas.strict_json import StrictJsonError, loads
from verifier.cli import HELP, Unreadable, VerifyCommand
from verifier.formats import FormRefused, open_token
from verifier.lint import Securing, Severity, lint, profile_of
from verifier.lint.profile import Kind

# Feature -> typ and cty of the token, and what it holds.
FEATURES: dict[str, tuple[str, str, Kind]] = {
    "credential_jose": ("vc+jwt", "vc", "credential"),
    "presentation_jose": ("vp+jwt", "vp", "presentation"),
}
Result = Literal["success", "failure", "indeterminate"]


class Method(Struct, frozen=True, rename="camel"):
    """A verification method with both halves of its key, as the suite's key files hold it."""

    id: str
    controller: str
    public_key_jwk: dict[str, Any]
    secret_key_jwk: dict[str, Any]


class Answered(Struct, frozen=True):
    """What is written: `data` is the token, or why there is none."""

    result: Result
    data: str


@click.group(context_settings=HELP)
def jose() -> None:
    """Answer the W3C's suite for VC-JOSE-COSE."""


def _options(command: Any) -> Any:
    for option in (
        click.option(
            "--output", type=click.Path(path_type=Path), required=True, help="File for the result, as JSON."
        ),
        click.option("--sd", help="Paths for selective disclosure, which is not there yet."),
        click.option("--feature", required=True, help=f"What it is: {', '.join(FEATURES)}."),
        click.option(
            "--key",
            type=click.Path(path_type=Path),
            required=True,
            help="File with the key, a verification method.",
        ),
        click.option(
            "--input",
            "file",
            type=click.Path(path_type=Path),
            required=True,
            help="File with what is to be secured, or checked.",
        ),
    ):
        command = option(command)
    return command


@jose.command(cls=VerifyCommand, context_settings=HELP)
@_options
def issue(file: Path, key: Path, feature: str, sd: str | None, output: Path) -> None:
    """Secure a credential or presentation as a token."""
    del sd
    _write(output, issued(_read(file), _method(key), feature))


@jose.command(cls=VerifyCommand, context_settings=HELP)
@_options
def verify(file: Path, key: Path, feature: str, sd: str | None, output: Path) -> None:
    """Check a token against a key."""
    del sd
    _write(output, verified(_read(file), _method(key), feature))


def issued(document: bytes, method: Method, feature: str) -> Answered:
    """Sign a document; `failure` where it breaks a rule, or the key is of a type that we do not sign with."""
    if feature not in FEATURES:
        return Answered("indeterminate", "This version does not read that.")
    typ, cty, _ = FEATURES[feature]
    try:
        signer = Disclosed(method.secret_key_jwk)
        found = loads(document)
    except (KeyRefused, StrictJsonError) as refused:
        return Answered("failure", refused.detail)
    broken = _judged(found if isinstance(found, dict) else {}, feature)
    if broken is not None:
        return broken
    made = draft(msgspec.json.encode(found), typ=typ, cty=cty, kid=method.id, alg=signer.public.algorithm)
    return Answered("success", made.finish(asyncio.run(signer.sign(made.signing_input))))


def verified(token: bytes, method: Method, feature: str) -> Answered:
    """Check a token: its form, that it names this key, the signature, and the rules."""
    if feature not in FEATURES:
        return Answered("indeterminate", "This version does not read that.")
    _, _, kind = FEATURES[feature]
    try:
        public = PublicKey.from_jwk(method.public_key_jwk)
        opened = open_token(token.strip())
    except KeyRefused as refused:
        return Answered("indeterminate", refused.detail)
    except FormRefused as refused:
        # The key is one that we can use: a token of another algorithm or kind is not one that it signed.
        return Answered("failure", refused.detail)
    proof = opened.proofs[0]
    if opened.kind != kind or not isinstance(proof, Jws) or proof.kid not in {method.id, public.kid}:
        return Answered("failure", "It holds something else, or names another key.")
    failure = proof.check(public)
    if failure is not None:
        return Answered("failure", failure.detail)
    return _judged(opened.document, feature) or Answered("success", token.decode())


def _judged(document: dict[str, Any], feature: str) -> Answered | None:
    """What the rules say against a document; None for nothing."""
    profile = profile_of(document, Securing.JOSE, FEATURES[feature][2])
    findings = [found for found in lint(document, profile) if found.severity is not Severity.WARNING]
    if not findings:
        return None
    worst = next((found for found in findings if found.severity is Severity.ERROR), findings[0])
    result: Result = "failure" if worst.severity is Severity.ERROR else "indeterminate"
    return Answered(result, f"{worst.detail} ({worst.pointer})")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}.") from None


def _method(file: Path) -> Method:
    try:
        return msgspec.convert(loads(_read(file)), Method)
    except (StrictJsonError, msgspec.ValidationError):
        raise Unreadable(f"{file} is not a verification method with a key.") from None


def _write(file: Path, answered: Answered) -> None:
    try:
        file.write_bytes(msgspec.json.encode(answered))
    except OSError as error:
        raise Unreadable(f"{file} cannot be written: {error.strerror}.") from None
