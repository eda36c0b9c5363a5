import os
from pathlib import Path

import msgspec
import pytest

from issuer.settings import (
    Settings,
    SettingsRefused,
    StartRefused,
    data_folder,
    known_data_folder,
    load,
    passphrase,
)


def test_the_defaults_are_for_this_machine() -> None:
    settings = load({})
    assert (settings.base_url, settings.port) == ("http://localhost:8000", 8000)
    assert settings.workers == min(len(os.sched_getaffinity(0)), 4)
    assert load({"ASSAY_VC_API": "open"}).workers == 1, "its keys are in the memory of one process"
    assert settings.listen == ("127.0.0.1", "::1")
    assert settings.local
    assert settings.data_dir == Path("var").absolute()


@pytest.mark.parametrize(
    ("environ", "base_url", "port"),
    [
        ({"ASSAY_PORT": "9000"}, "http://localhost:9000", 9000),
        ({"ASSAY_BASE_URL": "http://localhost:9001"}, "http://localhost:9001", 9001),
        ({"ASSAY_BASE_URL": "HTTPS://Skills.Example.org:443/"}, "https://skills.example.org", 8000),
        ({"ASSAY_BASE_URL": "https://skills.example.org:8443"}, "https://skills.example.org:8443", 8000),
        ({"ASSAY_BASE_URL": "http://127.0.0.1", "ASSAY_PORT": "7"}, "http://127.0.0.1", 7),
        ({"ASSAY_BASE_URL": "http://[::1]:8000"}, "http://[::1]:8000", 8000),
    ],
)
def test_base_url_and_port_go_together(environ: dict[str, str], base_url: str, port: int) -> None:
    settings = load(environ)
    assert (settings.base_url, settings.port) == (base_url, port)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "assay.toml"
    file.write_text('workers = 3\nmail_from = "Us <us@example.org>"\nlisten = ["192.0.2.7"]\n')
    settings = load({"ASSAY_WORKERS": "2", "ASSAY_CONFIG": str(file)})
    assert (settings.workers, settings.mail_from, settings.listen) == (
        2,
        "Us <us@example.org>",
        ("192.0.2.7",),
    )


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"ASSAY_BASE_URL": "localhost:8000"}, "settings.base_url"),
        ({"ASSAY_BASE_URL": "http://example.org"}, "settings.base_url"),
        ({"ASSAY_BASE_URL": "https://example.org/app"}, "settings.base_url"),
        ({"ASSAY_BASE_URL": "https://example.org?x"}, "settings.base_url"),
        ({"ASSAY_BASE_URL": "https://user@example.org"}, "settings.base_url"),
        ({"ASSAY_BASE_URL": "https://example.org:x"}, "settings.base_url"),
        ({"ASSAY_BASE_URL": "https://[broken"}, "settings.base_url"),
        ({"ASSAY_WORKERS": "many"}, "settings.invalid"),
        ({"ASSAY_WORKERS": "0"}, "settings.invalid"),
        ({"ASSAY_PORT": "70000"}, "settings.invalid"),
        ({"ASSAY_LOG_LEVEL": "loud"}, "settings.invalid"),
        ({"ASSAY_LISTEN": ","}, "settings.listen"),
        ({"ASSAY_TRUST": "/missing/trust.json"}, "trust.unreadable"),
        ({"ASSAY_SMTP_URL": "http://mail"}, "settings.invalid"),
        ({"ASSAY_DATABASE_URL": "mysql://x"}, "settings.invalid"),
        ({"ASSAY_CONTACT": "somebody@example.org"}, "settings.invalid"),
        ({"ASSAY_CONTACT": "http://example.org"}, "settings.invalid"),
        ({"ASSAY_CONTACT": "mailto:a@b\nExpires: never"}, "settings.invalid"),
        ({"ASSAY_CONFIG": "/nowhere.toml"}, "settings.file"),
    ],
)
def test_a_wrong_setting_is_refused(environ: dict[str, str], code: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        load(environ)
    assert refused.value.code == code
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"workers = ", "settings.file"), (b"\xff", "settings.file"), (b"colour = 1", "settings.unknown")],
)
def test_a_wrong_file_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "assay.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsRefused) as refused:
        load({}, file)
    assert refused.value.code == code


def test_a_wrong_value_is_told_by_the_name_that_it_was_given_under(tmp_path: Path) -> None:
    file = tmp_path / "assay.toml"
    file.write_text('workers = "many"\nlisten = ["127.0.0.1", 1]\n')
    for environ, said in (
        ({"ASSAY_PORT": "abc"}, "ASSAY_PORT must be a number."),
        ({"ASSAY_CONFIG": str(file)}, f"In the settings file {file}: workers must be a number."),
        (
            {"ASSAY_CONFIG": str(file), "ASSAY_WORKERS": "1"},
            f"In the settings file {file}: listen[1] must be text.",
        ),
    ):
        with pytest.raises(SettingsRefused) as refused:
            load(environ)
        assert str(refused.value) == said


def test_a_command_in_the_wrong_folder_makes_no_data_folder(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    for _ in range(2):
        with pytest.raises(StartRefused, match=str(tmp_path / "var")) as refused:
            known_data_folder(settings)
        assert refused.value.code == "data_dir.missing"
        assert not (tmp_path / "var" / "keys").exists()
        settings.data_dir.mkdir(exist_ok=True)  # somebody else's folder of this name, such as /var
    (tmp_path / "var" / "keys").mkdir()
    assert known_data_folder(settings) == tmp_path / "var"


def test_no_secret_is_ever_shown() -> None:
    settings = load({"ASSAY_PASSPHRASE": "hunter2", "ASSAY_SMTP_URL": "smtp://user:hunter2@mail"})
    assert "hunter2" not in repr(settings) + str(settings)


def test_in_local_use_a_passphrase_is_made_up_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    first = passphrase(settings)
    assert len(first) > 40
    assert passphrase(settings) == first
    assert (tmp_path / "var" / "passphrase").stat().st_mode & 0o777 == 0o600
    assert not list((tmp_path / "var").glob(".passphrase*"))


def test_a_passphrase_comes_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    settings = Settings(data_dir=tmp_path, passphrase_file=file, base_url="https://example.org")
    file.chmod(0o640)
    with pytest.raises(SettingsRefused) as refused:
        passphrase(settings)
    assert refused.value.code == "passphrase.open_mode"
    file.chmod(0o600)
    assert passphrase(settings) == "from the file"
    assert passphrase(msgspec.structs.replace(settings, passphrase="ours")) == "ours"
    file.write_text("\n")
    with pytest.raises(SettingsRefused) as refused:
        passphrase(settings)
    assert refused.value.code == "passphrase.missing"
    file.unlink()
    with pytest.raises(SettingsRefused) as refused:
        passphrase(settings)
    assert refused.value.code == "passphrase.unreadable"


def test_in_public_use_a_passphrase_is_never_made_up(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused) as refused:
        passphrase(Settings(data_dir=tmp_path, base_url="https://example.org"))
    assert refused.value.code == "passphrase.missing"


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsRefused) as refused:
        data_folder(Settings(data_dir=tmp_path / "file" / "var"))
    assert refused.value.code == "data_dir.unwritable"


def test_trust_files_and_folders(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        source = '{"kind": "pinned", "name": "Us", "issuers": ["did:web:a.example"]}'
        (tmp_path / name).write_text(f'{{"sources": [{source}]}}')
    named = (tmp_path / "a.json", tmp_path / "b.json")
    assert load({"ASSAY_TRUST": os.pathsep.join(map(str, named))}).trust == named
    file = tmp_path / "assay.toml"
    file.write_text(f'trust = ["{named[0]}"]')
    assert load({}, file).trust == named[:1]
    assert load({}).trust == ()
