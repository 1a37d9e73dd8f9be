"""Reads the environment and refuses, in one clear sentence, what would be unsafe."""

import base64
import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
NAMES = ("development", "production", "test")


def read(base: Path = BASE_DIR) -> environ.Env:
    """The process's environment, completed by the file .env (never in tests)."""
    env = environ.Env()
    if os.environ.get("NINEFOLD_ENV") != "test" and (base / ".env").is_file():
        env.read_env(base / ".env")
    return env


def name(env: environ.Env) -> str:
    chosen = env.str("NINEFOLD_ENV", default="production")
    if chosen not in NAMES:
        raise ImproperlyConfigured(f"NINEFOLD_ENV is {chosen!r}; choose one of {', '.join(NAMES)}.")
    return chosen


def var(env: environ.Env) -> Path:
    """The folder of what the running system writes: embedded server, uploads, collected static files."""
    return Path(env.str("NINEFOLD_VAR", default=str(BASE_DIR / "var"))).resolve()


def debug(env: environ.Env) -> bool:
    """On by default in development only; production refuses it."""
    wanted = env.bool("DEBUG", default=name(env) == "development")
    if wanted and name(env) == "production":
        raise ImproperlyConfigured(
            "DEBUG shows secrets to visitors and is refused in production: "
            "unset DEBUG, or set NINEFOLD_ENV=development on your own machine."
        )
    return wanted


def secret_key(env: environ.Env, *, var: Path) -> str:
    if key := env.str("SECRET_KEY", default=""):
        return key
    if name(env) == "production":
        raise ImproperlyConfigured(
            "Production needs SECRET_KEY, a long random text: "
            "`python -c 'import secrets; print(secrets.token_urlsafe(64))'` makes one. "
            "On your own machine set NINEFOLD_ENV=development instead."
        )
    return _kept_secret(var / "secret_key")


def till_signing_key(env: environ.Env, *, var: Path) -> str:
    """32 random bytes, in base64: signs the rules that tills keep for the time without a line. "" in production without one."""
    if key := env.str("TILL_SIGNING_KEY", default=""):
        if len(_bytes(key)) != 32:
            raise ImproperlyConfigured(
                "TILL_SIGNING_KEY must be 32 random bytes in base64: "
                "`python -c 'import secrets; print(secrets.token_urlsafe(32))'` makes it."
            )
        return key
    return "" if name(env) == "production" else _kept_secret(var / "till_signing_key", length=32)


def _bytes(key: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(f"{key}{'=' * (-len(key) % 4)}")
    except ValueError:
        return b""


def _kept_secret(path: Path, *, length: int = 64) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(length))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()


def database(env: environ.Env, *, var: Path) -> dict:
    """Django's settings of the database: DATABASE_URL, else the embedded server, started if need be."""
    if not env.str("DATABASE_URL", default=""):
        if name(env) == "production":
            raise ImproperlyConfigured(
                "Production needs DATABASE_URL, such as postgres://user:password@host:5432/ninefold "
                "(PostgreSQL 15 or newer). On your own machine set NINEFOLD_ENV=development instead."
            )
        from config import postgres

        os.environ["DATABASE_URL"] = postgres.ensure(var / "postgres")
        os.environ["NINEFOLD_EMBEDDED"] = str(var / "postgres")
    settings = env.db_url("DATABASE_URL")
    if settings["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database: postgres://…")
    if host := settings.get("OPTIONS", {}).pop("host", ""):
        settings["HOST"] = host
    return settings
