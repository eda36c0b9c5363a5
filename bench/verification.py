"""Verification: from the bytes of a credential to the bytes of its Report, every check made, no socket.

Each credential is a new one, so that nothing is remembered but what a verifier keeps of an issuer: its keys
and its status list.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from bench.material import BASE, INDEX, LIST, NOW, ORGANIZATION, Bench, Kept, make
from bench.measure import quartiles
from issuer.status import lists
from keys.base64url import encode
from keys.proofs import jose
from verifier import Seen, TrustStore, averify

# Algorithm -> bar.
BARS = {"ES256": 2.1, "EdDSA": 1.6}
LEAST_BYTES = 4_096

# More than are verified in all rounds: none comes twice.
CREDENTIALS = 3_000
_AT_ONCE = 20


def rows() -> list[tuple[str, float, float]]:
    """Name, bar and ratio of each comparison."""
    return [_row(alg, bar) for alg, bar in BARS.items()]


def _row(alg: str, bar: float) -> tuple[str, float, float]:
    bench = make(alg)
    if len(bench.payload) < LEAST_BYTES:
        raise SystemExit("The bench's credential is shorter than 4 kB.")
    loop = asyncio.new_event_loop()
    sign = signer(bench)
    trust = TrustStore(pinned={f"did:web:assay.example:o:{ORGANIZATION}": "the bench"}, pinned_at=NOW)
    asked: dict[str, Any] = {"trust": trust, "clock": lambda: NOW, "seen": Seen()}

    async def verify(token: bytes, fetch: Kept = bench.fetch) -> bytes:
        return msgspec.json.encode(await averify(token, fetch=fetch, **asked))

    _assert_honest(bench, loop, verify, sign)
    tokens = itertools.cycle([sign(numbered(bench.payload, number)) for number in range(CREDENTIALS)])

    async def several() -> None:
        for token in itertools.islice(tokens, _AT_ONCE):
            await verify(token)

    alone = bare(bench)
    times = quartiles(
        {
            "verify": lambda: loop.run_until_complete(several()),
            "bare": lambda: [alone() for _ in range(_AT_ONCE)],
        },
        repeat=1,
        rounds=120,
    )
    loop.close()
    name = f"bytes in, Report bytes out, all checks ÷ bare {alg} verification"
    return name, bar, times["verify"] / times["bare"]


def signer(bench: Bench) -> Callable[..., bytes]:
    """Signs payloads with the bench's key."""

    def sign(payload: bytes, kid: str = bench.kid) -> bytes:
        draft = jose.draft(payload, typ="JWT", kid=kid, alg=bench.signer.public.algorithm)
        return draft.finish(asyncio.run(bench.signer.sign(draft.signing_input))).encode()

    return sign


def numbered(payload: bytes, number: int) -> bytes:
    """The same badge of another person."""
    return payload.replace(str(UUID(int=1)).encode(), str(UUID(int=1_000_000 + number)).encode())


def bare(bench: Bench) -> Callable[[], object]:
    """The signature alone, in the form that the cryptography library takes."""
    token = jose.read(bench.token)
    key: Any = bench.signer.public._key  # noqa: SLF001 — the yardstick is the bare signature
    if bench.signer.public.algorithm == "EdDSA":
        return lambda: key.verify(token.signature, token.signing_input)
    half, es256 = len(token.signature) // 2, ec.ECDSA(hashes.SHA256())
    r, s = (int.from_bytes(part) for part in (token.signature[:half], token.signature[half:]))
    der = encode_dss_signature(r, s)
    return lambda: key.verify(der, token.signing_input, es256)


def _assert_honest(
    bench: Bench,
    loop: asyncio.AbstractEventLoop,
    verify: Callable[..., Any],
    sign: Callable[..., bytes],
) -> None:
    """The function that is timed accepts its credential, and refuses one mutant for each check."""

    def verdict(token: bytes, *fetch: Kept) -> str:
        answer: str = msgspec.json.decode(loop.run_until_complete(verify(token, *fetch)))["verdict"]
        return answer

    if verdict(bench.token.encode()) != "valid":
        raise SystemExit("The bench's own credential is not valid.")
    header, payload, signature = bench.token.encode().split(b".")
    withdrawn = lists.document(BASE, ORGANIZATION, LIST, lists.LENGTH, [INDEX], at=NOW)
    signed = loop.run_until_complete(lists.sign(withdrawn, bench.signer)).encode()
    listed = BASE + lists.list_path(ORGANIZATION, LIST)
    last = b"Aw" if signature[-2:] != b"Aw" else b"BA"
    mutants: dict[str, tuple[bytes, ...] | tuple[bytes, Kept]] = {
        "carrier": (b"no credential",),
        "well_formed": (sign_twice(bench.payload, header, signature),),
        "proof": (sign(bench.payload.replace(b'"iss":"did:web:', b'"iss":"did:key:')),),
        "issuer_key": (sign(bench.payload, f"{BASE}/o/{ORGANIZATION}/keys/{'A' * 43}"),),
        "signature": (b".".join((header, payload, signature[:-2] + last)),),
        "shape": (sign(bench.payload.replace(b'"criteria":', b'"criterion":')),),
        "validity": (sign(bench.payload.replace(b'"validFrom":"2026', b'"validFrom":"2027')),),
        "status": (bench.token.encode(), bench.fetch.instead(listed, signed)),
    }
    for name, mutant in mutants.items():
        if verdict(*mutant) == "valid":
            raise SystemExit(f"The function that is timed accepted a mutant: {name}.")


def sign_twice(payload: bytes, header: bytes, signature: bytes) -> bytes:
    """A token whose payload names a member twice."""
    return b".".join((header, encode(payload[:-1] + b',"name":"x"}'), signature))
