"""`make bench`: what verification and signing cost, against bare cryptography and against PyJWT.

Prints a table to standard error and one JSON object to standard output.
"""

import asyncio
import sys

import jwt
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwt.types import Options

from bench.material import NOW, Bench, make
from bench.measure import Timed, quartiles
from keys.proofs import jose
from verifier import averify

# What is printed, what is measured, and by which yardstick.
RATIOS = (
    ("bytes in, Report bytes out, all checks ÷ bare ES256 verification", "verify", "bare_verify"),
    ("strict JWS verification ÷ bare ES256 verification", "jws", "bare_verify"),
    ("strict JWS verification ÷ PyJWT", "jws", "pyjwt"),
    ("encode and sign ÷ bare ES256 signature", "sign", "bare_sign"),
)


def main() -> None:
    """Measure, check that what was measured refuses a mutant, print."""
    bench = make()
    loop = asyncio.new_event_loop()

    def verify(token: str = bench.token) -> bytes:
        report = loop.run_until_complete(averify(token, fetch=bench.fetch, clock=lambda: NOW))
        return msgspec.json.encode(report)

    subjects = {"verify": verify, **_signatures(bench, loop)}
    if b'"verdict":"valid"' not in verify():
        sys.exit(f"The bench's own credential is not valid: {verify().decode()}")
    flipped = bench.token[:-2] + ("A" if bench.token[-2] != "A" else "B") + bench.token[-1]
    if b'"verdict":"invalid"' not in verify(flipped):
        sys.exit("The function that is timed accepted a mutant.")
    times = quartiles(subjects)
    loop.close()
    ratios = {name: round(times[subject] / times[yardstick], 2) for name, subject, yardstick in RATIOS}
    for name, ratio in ratios.items():
        print(f"{ratio:7.2f}  {name}", file=sys.stderr)
    print(
        msgspec.json.encode(
            {"token_bytes": len(bench.token), "microseconds": times, "ratios": ratios}
        ).decode()
    )


def _signatures(bench: Bench, loop: asyncio.AbstractEventLoop) -> dict[str, Timed]:
    private, public = bench.signer.private, bench.signer.private.public_key()
    read = jose.read(bench.token)
    half = len(read.signature) // 2
    der = encode_dss_signature(int.from_bytes(read.signature[:half]), int.from_bytes(read.signature[half:]))
    es256 = ec.ECDSA(hashes.SHA256())
    options: Options = {"verify_aud": False, "verify_exp": False, "verify_nbf": False}

    def sign() -> str:
        draft = jose.draft(bench.payload, typ="JWT", kid=bench.kid)
        return draft.finish(loop.run_until_complete(bench.signer.sign(draft.signing_input)))

    return {
        "bare_verify": lambda: public.verify(der, read.signing_input, es256),
        "jws": lambda: jose.read(bench.token).check(bench.signer.public),
        "pyjwt": lambda: jwt.decode(bench.token, public, algorithms=["ES256"], options=options),
        "sign": sign,
        "bare_sign": lambda: private.sign(read.signing_input, es256),
    }


if __name__ == "__main__":
    main()
