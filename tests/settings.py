"""Settings of tests: the product's own, in the environment `test`."""

import os

os.environ["NINEFOLD_ENV"] = "test"
os.environ.pop("DEBUG", None)

from config.settings import *  # noqa: F403

CACHES["reports"] = CACHES["default"]  # noqa: F405
CACHES["sets"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
