"""The site refuses to start on an invalid value, and in production on an insecure one."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.core.config import ConfigError, load
from training.site.app import load_keys

GOOD = {
    "ACADEMY_ENV": "production",
    "ACADEMY_VAR": "/srv/academy",
    "SECRET_KEY": "0123456789abcdef" * 2,
    "ACADEMY_KEYRING": "/etc/academy/keyring.json",
    "BASE_URL": "https://academy.example.gov.cn",
    "CONTENT_ORIGIN": "https://files.example.gov.cn",
    "DATABASE_URL": "postgresql://academy@db/academy",
}


def problems(**changes: str) -> list[str]:
    environ = {k: v for k, v in (GOOD | changes).items() if v is not None}
    with pytest.raises(ConfigError) as error:
        load(environ, Path("/srv"))
    return error.value.problems


def test_a_sound_production_starts():
    config = load(GOOD, Path("/srv"))
    assert config.production
    assert config.secure_cookies
    assert not config.demo
    assert config.database_url == "postgresql+psycopg://academy@db/academy"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""), ("SECRET_KEY", "short"), ("SECRET_KEY", "s" * 64),
        ("SECRET_KEY", "development-only-" + "0" * 24), ("ACADEMY_KEYRING", ""),
        ("BASE_URL", "http://academy.example.gov.cn"), ("CONTENT_ORIGIN", ""),
        ("CONTENT_ORIGIN", "http://files.example.gov.cn"),
        ("CONTENT_ORIGIN", GOOD["BASE_URL"]), ("CONTENT_ORIGIN", GOOD["BASE_URL"] + ":8443"),
        ("ACADEMY_DEMO", "1"), ("FLASK_DEBUG", "1"),
        ("TRUSTED_HOSTS", "*.example.gov.cn"), ("TRUSTED_HOSTS", ".example.gov.cn"),
    ],
)  # fmt: skip
def test_an_insecure_production_value_is_refused_by_name(name, value):
    (problem,) = problems(**{name: value})
    assert problem.startswith(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"), ("PORT", "0"), ("PORT", "70000"), ("WEB_WORKERS", "0"),
        ("TRUSTED_PROXIES", "-1"), ("MAX_UPLOAD_MB", "1.5"), ("DATABASE_URL", "mysql://x/y"),
        ("BASE_URL", "academy.example"), ("LOG_LEVEL", "LOUD"), ("ACADEMY_DEMO", "maybe"),
        ("S3_ENDPOINT", "https://s3.example"),
    ],
)  # fmt: skip
def test_an_invalid_value_is_refused_by_name_anywhere(name, value):
    environ = {"ACADEMY_ENV": "development", name: value}
    with pytest.raises(ConfigError) as error:
        load(environ, Path("/srv"))
    assert [p.split(":")[0].split("=")[0].split(" ")[0] for p in error.value.problems] == [name]


def test_production_answers_to_its_own_names_only():
    config = load(GOOD | {"TRUSTED_HOSTS": "old.example.gov.cn, 10.0.0.7"}, Path("/srv"))
    assert config.trusted_hosts == (
        "academy.example.gov.cn", "localhost", "127.0.0.1", "old.example.gov.cn", "10.0.0.7",
    )  # fmt: skip
    assert load({}, Path("/srv")).trusted_hosts == ()


def test_all_faults_are_named_at_once():
    named = problems(SECRET_KEY="", ACADEMY_KEYRING="", PORT="x", ACADEMY_DEMO="1")
    assert len(named) == 4


def test_an_unknown_environment_is_judged_as_production():
    assert any(p.startswith("SECRET_KEY") for p in problems(ACADEMY_ENV="prod", SECRET_KEY=""))


def test_no_secret_stands_in_the_message():
    assert "short-secret" not in "\n".join(problems(SECRET_KEY="short-secret"))


def test_development_needs_nothing():
    config = load({}, Path("/srv"))
    assert (config.env, config.demo, config.secure_cookies) == ("development", True, False)
    assert config.files_origin == "http://127.0.0.1:8001"


def test_production_never_makes_its_own_keys(tmp_path):
    missing = tmp_path / "keyring.json"
    with pytest.raises(ConfigError, match="ACADEMY_KEYRING"):
        load_keys(load(GOOD | {"ACADEMY_KEYRING": str(missing)}, Path("/srv")))
    assert not missing.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_a_broken_keyring_is_named(tmp_path, text):
    file = tmp_path / "keyring.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match="ACADEMY_KEYRING"):
        load_keys(load(GOOD | {"ACADEMY_KEYRING": str(file)}, Path("/srv")))
