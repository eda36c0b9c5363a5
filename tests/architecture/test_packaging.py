"""What is installed is what runs: data files travel, the base install verifies, extras stay extras."""

import subprocess
import sys
import textwrap
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
BEYOND_BASE = (
    "litestar", "asyncpg", "uvicorn", "jinja2", "jwt", "httpcore", "anyio",
    "qrcode", "PIL", "httpx", "pydantic", "pyld", "zxingcpp", "defusedxml", "lxml", "pyoxigraph",
)  # fmt: skip
DATA = {".sql", ".html", ".css", ".js", ".json", ".svg"}


def test_a_wheel_carries_every_data_file(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for room in ("issuer", "verifier", "keys", "schemas")
        for path in (ROOT / room).rglob("*")
        if path.suffix in DATA and "__pycache__" not in path.parts
    }
    assert wanted
    assert wanted - carried == set()


def test_base_install_imports_only_its_three_libraries() -> None:
    """`import verifier` and offline verification with everything but the base dependencies unimportable."""
    program = textwrap.dedent(
        """
        import importlib.abc, sys
        REFUSED = set(sys.argv[1:])
        class Refuse(importlib.abc.MetaPathFinder):
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in REFUSED:
                    raise ModuleNotFoundError(name)
                return None
        sys.meta_path.insert(0, Refuse())
        import verifier
        report = verifier.verify(b"not a credential", fetch=verifier.Offline())
        assert report.verdict == "invalid", report
        import issuer.cli
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *BEYOND_BASE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_nothing_but_calibration_needs_numpy() -> None:
    """Taking, scoring, replaying, simulating before calibration; for a calibrated bank the extra is named."""
    program = textwrap.dedent(
        """
        import sys
        class Refuse:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in {"numpy", "scipy"}:
                    raise ModuleNotFoundError(name, name=name)
        sys.meta_path.insert(0, Refuse())
        import issuer.app
        from issuer.cli import main
        main()
        """
    )

    def simulated(bank: str) -> "subprocess.CompletedProcess[str]":
        path = ROOT / "issuer" / "assessments" / "banks" / f"{bank}.json"
        command = [sys.executable, "-c", program, "assessment", "simulate", str(path)]
        options = ["--examinees", "100", "--seeds", "1", "--json"]
        return subprocess.run([*command, *options], capture_output=True, text=True, check=False)

    before, after = simulated("working-with-ai"), simulated("synthetic")
    assert '"tier":"uncalibrated"' in before.stdout, before.stderr
    assert after.returncode == 69
    told = "Install assay[measurement] (in a checkout: `make install`). [command.not_installed]"
    assert told in after.stderr


def test_base_dependencies_are_the_promised_ones() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {entry.split(">")[0] for entry in project["dependencies"]} == {
        "cryptography",
        "msgspec",
        "pybase64",
        "rich-click",
    }
