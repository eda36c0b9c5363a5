"""Run the W3C suites against a server of our own: `make conformance SUITES=…` (docs/conformance.md).

The suites are other people's, and stay where they are: each folder below SUITES is a checkout whose npm
packages are installed. Each gets a `localConfig.cjs`, which the suites' own .gitignore leaves out.
"""

import argparse
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.certificate import certificate

# Suite -> the profiles that it is run with, as issuers, and their tags.
RUNS: dict[str, dict[str, list[str]]] = {
    "vc-data-model-2.0-test-suite": {
        "eddsa-rdfc-2022": ["vc2.0"],
        "eddsa-jcs-2022": ["vc2.0"],
        "vc+jwt": ["vc2.0", "EnvelopingProof"],
    },
    "vc-bitstring-status-list-test-suite": {
        "eddsa-rdfc-2022": ["BitstringStatusList"],
        "eddsa-jcs-2022": ["BitstringStatusList"],
    },
    "vc-di-eddsa-test-suite": {
        "eddsa-rdfc-2022": ["eddsa-rdfc-2022"],
        "eddsa-jcs-2022": ["eddsa-jcs-2022"],
    },
}
JOSE = "vc-jose-cose-test-suite"
# The suite runs an implementation's container; this runs ours in its place, on the same files.
DOCKER = """#!{python}
import sys
words = sys.argv[sys.argv.index({name!r}) + 1:]
words = [{tests!r} + word[6:] if word.startswith("/tests/") else word for word in words]
sys.argv = ["assay", "conformance", "jose", *words]
from issuer.cli import main
main()
"""
# The suite uses what Node has from version 22.
ITERATORS = """
const iterator = Object.getPrototypeOf(Object.getPrototypeOf(new Map().values()));
iterator.map ??= function*(change) { for(const value of this) { yield change(value); } };
"""
PORT = 8443
NAME = "Assay"


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The verifier alone, with the VC API open on this machine; yields its base URL."""
    cert, key = certificate(folder)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "verifier", "serve", "--port", str(PORT)),
            "--tls-cert",
            cert,
            "--tls-key",
            key,
        ],
        env={**os.environ, "ASSAY_VC_API": "open"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"https://localhost:{PORT}"
    try:
        until = time.monotonic() + 30
        while not answers(base, cert):
            assert process.poll() is None, "the server did not start"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.2)
        yield base
    finally:
        process.terminate()
        process.wait(30)


def ask(url: str, cert: Path) -> Any:
    context = ssl.create_default_context(cafile=cert)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    with opener.open(url, timeout=10) as answer:
        return json.load(answer)


def answers(base: str, cert: Path) -> bool:
    try:
        ask(f"{base}/vc-api/issuers", cert)
    except OSError:
        return False
    return True


def configuration(base: str, profile: str, issuer: str, tags: list[str]) -> str:
    """One implementation, as the suites' localConfig.cjs wants it."""
    options = {"credentialStatus": {"statusPurpose": "revocation"}} if "BitstringStatusList" in tags else {}
    implementation = {
        "name": NAME,
        "implementation": f"{NAME} ({profile})",
        "issuers": [
            {
                "id": issuer,
                "endpoint": f"{base}/vc-api/{profile}/credentials/issue",
                "tags": tags,
                "options": options,
            }
        ],
        "verifiers": [{"id": issuer, "endpoint": f"{base}/vc-api/credentials/verify", "tags": tags}],
        "vpVerifiers": [{"id": issuer, "endpoint": f"{base}/vc-api/presentations/verify", "tags": tags}],
    }
    return f"module.exports = {json.dumps({'settings': {}, 'implementations': [implementation]})};\n"


def run(suite: Path, config: str, more: dict[str, str] | None = None) -> dict[str, Any]:
    """Mocha's own JSON about one suite; `more` are further environment variables."""
    (suite / "localConfig.cjs").write_text(config)
    environ = {**os.environ, **(more or {}), "ISSUER_NAME_JCS": NAME, "NODE_TLS_REJECT_UNAUTHORIZED": "0"}
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run(
            [
                *("node_modules/.bin/mocha", "tests/", "--timeout", "15000", "--exit"),
                *("--reporter", "json", "--reporter-option", f"output={report.name}"),
            ],
            cwd=suite,
            env=environ,
            capture_output=True,
            check=False,
        )
        found: dict[str, Any] = json.loads(Path(report.name).read_bytes())
        return found


def jose(suite: Path) -> dict[str, Any]:
    """Mocha's own JSON about the suite that drives a command line."""
    features = {"credential_jose": True, "presentation_jose": True}
    implementation = {"name": NAME, "implementation": NAME, "jose-cose": {"features": features}}
    with tempfile.TemporaryDirectory() as folder:
        docker = Path(folder) / "docker"
        docker.write_text(DOCKER.format(python=sys.executable, name=NAME, tests=str(suite / "tests")))
        docker.chmod(0o700)
        (Path(folder) / "iterators.cjs").write_text(ITERATORS)
        path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        here = str(Path(__file__).parents[1])
        settings = json.dumps({"settings": {}, "implementations": [implementation]})
        more = {"PATH": path, "PYTHONPATH": here, "NODE_OPTIONS": f"--require={folder}/iterators.cjs"}
        return run(suite, f"module.exports = {settings};\n", more)


def tell(title: str, found: dict[str, Any]) -> Counter[str]:
    """Print one run; returns its counts."""
    counts = Counter({name: found["stats"][name] for name in ("passes", "failures", "pending")})
    print(f"{title}: {said(counts)}")
    for failure in found["failures"]:
        print(f"  - {failure['fullTitle']}\n      {failure['err'].get('message', '')[:300]}")
    return counts


def said(counts: Counter[str]) -> str:
    return f"{counts['passes']} passed, {counts['failures']} failed, {counts['pending']} skipped"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", type=Path, help="the folder of the suites")
    parser.add_argument("--only", default="", help="only suites and profiles whose name contains this")
    arguments = parser.parse_args()
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as base:
        issuers = ask(f"{base}/vc-api/issuers", Path(folder) / "tls.crt")
        for suite, profiles in RUNS.items():
            for profile, tags in profiles.items():
                if arguments.only not in f"{suite} {profile}":
                    continue
                if not (arguments.suites / suite / "node_modules").is_dir():
                    print(f"{suite}: not there, or without its packages")
                    continue
                config = configuration(base, profile, issuers[profile], tags)
                total += tell(f"{suite}, {profile}", run(arguments.suites / suite, config))
    if arguments.only in JOSE and (arguments.suites / JOSE / "node_modules").is_dir():
        total += tell(JOSE, jose(arguments.suites / JOSE))
    print(f"all: {said(total)}")
    return 1 if total["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
