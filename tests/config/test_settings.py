"""Safe by default: each environment in a process of its own."""

import os
import subprocess
import sys

import pytest

from config import environment

PRODUCTION = {
    "NINEFOLD_ENV": "production",
    "SECRET_KEY": "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFG",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "ALLOWED_HOSTS": "ninefold.example.com",
    "TILL_SIGNING_KEY": "k" * 43,
}


def check(tmp_path, *words: str, **settings: str) -> subprocess.CompletedProcess:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *words],
        cwd=environment.BASE_DIR,
        env={**kept, "NINEFOLD_VAR": str(tmp_path), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_passes_the_deployment_check(tmp_path):
    done = check(tmp_path, "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "0 silenced" in done.stdout


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SECRET_KEY": ""}, "Production needs SECRET_KEY"),
        ({"DATABASE_URL": ""}, "Production needs DATABASE_URL"),
        ({"DEBUG": "true"}, "refused in production"),
        ({"DATABASE_URL": "sqlite:///x"}, "must name a PostgreSQL database"),
        ({"NINEFOLD_ENV": "staging"}, "choose one of development, production, test"),
    ],
)
def test_production_refuses_to_start(tmp_path, change, reason):
    done = check(tmp_path, **PRODUCTION | change)
    assert done.returncode == 1
    assert reason in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("key", ["k" * 20, "k" * 44, "not base64 ☺"])
def test_production_refuses_a_key_for_tills_that_is_none(tmp_path, key):
    done = check(tmp_path, **PRODUCTION | {"TILL_SIGNING_KEY": key})
    assert "TILL_SIGNING_KEY must be 32 random bytes in base64" in done.stderr


def test_deployment_is_told_that_nothing_signs_rules_for_tills(tmp_path):
    done = check(tmp_path, "--deploy", **PRODUCTION | {"TILL_SIGNING_KEY": ""})
    assert "Set TILL_SIGNING_KEY" in done.stderr


def test_without_a_word_it_is_production(tmp_path):
    without = {key: value for key, value in PRODUCTION.items() if key not in ("NINEFOLD_ENV", "SECRET_KEY")}
    assert "Production needs SECRET_KEY" in check(tmp_path, **without).stderr


def test_development_keeps_a_private_secret_of_its_own(tmp_path):
    url = PRODUCTION["DATABASE_URL"]
    assert check(tmp_path, NINEFOLD_ENV="development", DATABASE_URL=url).returncode == 0
    kept = tmp_path / "secret_key"
    assert len(kept.read_text()) > 50
    assert kept.stat().st_mode & 0o077 == 0
    assert {path.name for path in tmp_path.iterdir()} == {"secret_key", "till_signing_key", "reports", "sets"}


def test_pages_carry_a_policy_that_needs_no_other_site(client):
    answer = client.get("/healthz")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
