import subprocess
import sys
from collections.abc import Callable

import pytest
import rich_click as click

from issuer.cli import COMMANDS, cli, status
from issuer.lazy import Lazy
from issuer.serve import bind
from issuer.settings import SettingsRefused, StartRefused
from schemas.problems import ProblemError

BASE_ONLY = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        extra = {"litestar", "asyncpg", "uvicorn", "jinja2", "jwt", "httpcore", "numpy", "scipy"}
        if name.partition(".")[0] in extra:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Refuse())
from issuer.cli import main
main()
"""


def _run(*arguments: str, program: str = "from issuer.cli import main; main()") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_help_names_every_command() -> None:
    code, said = _run("--help")
    assert code == 0
    assert all(name in said for name in COMMANDS)


def test_every_command_can_be_imported() -> None:
    context = click.Context(cli)
    assert isinstance(cli, Lazy)
    for name in cli.list_commands(context):
        assert cli.get_command(context, name) is not None
    assert cli.get_command(context, "unheard-of") is None


def test_the_base_install_has_help_and_verify() -> None:
    assert _run("--help", program=BASE_ONLY)[0] == 0
    code, said = _run("serve", "--port", "1", program=BASE_ONLY)
    assert code == 69
    assert "Install assay[local]" in said
    assert "[command.not_installed]" in said
    assert _run("verify", "/dev/null", program=BASE_ONLY)[0] in {1, 2}


def test_what_is_missing_is_named_as_it_was_called_with_what_installs_it() -> None:
    code, said = _run("assessment", "calibrate", "responses.csv", program=BASE_ONLY)
    assert code == 69
    assert "`assay assessment calibrate` is not installed here." in said
    assert "Install assay[measurement] (in a checkout: `make install`)." in said


@pytest.mark.parametrize("arguments", [["unheard-of"], ["serve", "--workers", "0"], ["--colour"]])
def test_wrong_usage_is_64(arguments: list[str]) -> None:
    code, said = _run(*arguments)
    assert code == 64
    assert "Traceback" not in said


def _raises(error: BaseException) -> Callable[[], object]:
    def run() -> object:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "expected", "said"),
    [
        (SettingsRefused("settings.invalid", "Wrong."), 78, "Wrong. [settings.invalid]"),
        (StartRefused("port.in_use", "In use."), 69, "In use. [port.in_use]"),
        (ProblemError("database.unavailable"), 69, "[database.unavailable]"),
        (click.ClickException("Said."), 69, "Said."),
        (click.UsageError("Used."), 64, "Used."),
        (KeyboardInterrupt(), 130, ""),
        (ValueError("robin.marsh@example.org"), 70, "defect of ours (ValueError"),
    ],
)
def test_whatever_goes_wrong_is_one_sentence(
    capsys: pytest.CaptureFixture[str], error: BaseException, expected: int, said: str
) -> None:
    assert status(_raises(error)) == expected
    shown = capsys.readouterr().err
    assert said in shown
    assert "robin" not in shown
    assert "Traceback" not in shown


def test_what_a_command_returns_is_its_status() -> None:
    assert status(lambda: 3) == 3
    assert status(lambda: None) == 0


def test_all_addresses_get_the_same_port_and_missing_ones_are_left_out() -> None:
    sockets = bind(("127.0.0.1", "192.0.2.1"), 0)
    port = sockets[0].getsockname()[1]
    try:
        assert [each.getsockname()[0] for each in sockets] == ["127.0.0.1"]
        assert port > 0
        with pytest.raises(StartRefused) as refused:
            bind(("127.0.0.1", "::1"), port)
        assert refused.value.code == "port.in_use"
    finally:
        for each in sockets:
            each.close()
    with pytest.raises(StartRefused) as refused:
        bind(("192.0.2.1",), 0)
    assert refused.value.code == "port.no_address"
