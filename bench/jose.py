"""Tokens: what strictness costs beside bare cryptography, PyJWT and joserfc, on the bench's credential."""

from collections.abc import Callable

import jwt
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt
from jwt.types import Options

from bench.material import make
from bench.measure import Timed, quartiles
from keys.base64url import encode
from keys.proofs import jose
from keys.public import PublicKey
from keys.stores.memory import ThrowAway

# Algorithm -> bars of verification against PyJWT and joserfc, and of signing against the bare signature.
BARS = {"ES256": (0.30, 0.75, 1.6), "EdDSA": (0.38, 0.85, 1.35)}

_LEAST_BYTES = 4_096
_KID = "https://assay.example/o/bench/keys/9f7d4bb55d6c4f6e9a5751b2e5a7c001abcdefghijk"


def rows() -> list[tuple[str, float, float]]:
    """Name, bar and ratio of each comparison; the other libraries read the JSON too, as we do."""
    payload = jose.readable(make().payload)  # once, as issuing does before a key is asked for anything
    if len(payload.raw) < _LEAST_BYTES:
        raise SystemExit("The bench's credential is shorter than 4 kB.")
    found = []
    for alg, (pyjwt, joserfc, signing) in BARS.items():
        times = quartiles(_subjects(ThrowAway(alg), payload))
        found += [
            (f"strict {alg} verification ÷ PyJWT", pyjwt, times["strict"] / times["pyjwt"]),
            (f"strict {alg} verification ÷ joserfc", joserfc, times["strict"] / times["joserfc"]),
            (f"encode and sign {alg} ÷ bare signature", signing, times["sign"] / times["bare"]),
        ]
    return found


def _subjects(signer: ThrowAway, payload: jose.Payload) -> dict[str, Timed]:
    """What is timed; raises SystemExit unless the timed functions do what they should."""
    public, alg = signer.public, signer.public.algorithm
    private, row = signer._private, signer._algorithm  # noqa: SLF001 — the yardstick is the bare signature

    def sign() -> str:
        prepared = jose.draft(payload, typ="JWT", kid=_KID, alg=alg)
        return prepared.finish(row.sign(private, prepared.signing_input))

    def strict(token: str) -> bool:
        return jose.read(token).check(public) is None

    token = sign()
    _assert_refuses_mutants(strict, token, public)
    scheme = (ec.ECDSA(hashes.SHA256()),) if alg == "ES256" else ()
    message = token.rpartition(".")[0].encode()
    options: Options = {"verify_aud": False, "verify_exp": False, "verify_nbf": False}
    foreign = joserfc_jwk.import_key(msgspec.to_builtins(public.jwk))
    names = ["ES256", "EdDSA"]
    return {
        "strict": lambda: strict(token),
        "pyjwt": lambda: jwt.decode(token, private.public_key(), algorithms=names, options=options),
        "joserfc": lambda: joserfc_jwt.decode(token, foreign, algorithms=names),
        "sign": sign,
        "bare": lambda: private.sign(message, *scheme),
    }


def _assert_refuses_mutants(strict: Callable[[str], bool], token: str, public: PublicKey) -> None:
    """One mutant for each check that the timed function makes."""
    header, payload, signature = token.split(".")
    last = "AQgw"["AQgw".index(signature[-1]) - 1] if signature[-1] in "AQgw" else "A"
    other = jose.draft(b"{}", typ="JWT", kid=_KID, alg={"ES256": "EdDSA"}.get(public.algorithm, "ES256"))
    twice = encode(b'{"a":1,"a":1}').decode()
    mutants = {
        "a changed signature": f"{header}.{payload}.{signature[:-1]}{last}",
        "a changed payload": f"{header}.{payload.replace('b', 'c', 1)}.{signature}",
        "another header": f"{other.signing_input.decode().partition('.')[0]}.{payload}.{signature}",
        "a second spelling": f"{header}.{payload}.{signature[:-1]}{chr(ord(signature[-1]) + 1)}",
        "padding": f"{token}==",
        "a member twice": f"{header}.{twice}.{signature}",
    }
    if not strict(token):
        raise SystemExit("The bench's own token is refused.")
    for name, mutant in mutants.items():
        try:
            accepted = strict(mutant)
        except jose.JoseRefused:
            continue
        if accepted:
            raise SystemExit(f"The function that is timed accepted a mutant: {name}.")
