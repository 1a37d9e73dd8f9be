"""Settings of processes in tests that send mail into files."""

import os

from tests.settings import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["NINEFOLD_TEST_MAIL"]
