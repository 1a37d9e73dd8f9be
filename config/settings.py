"""One settings file for every environment. What may differ is read from the environment: see .env.example."""

from django.utils.translation import gettext_lazy as _

from config import environment, logs
from config.rest import options
from config.unfold import UNFOLD  # noqa: F401 the admin's look and sidebar

BASE_DIR = environment.BASE_DIR
env = environment.read()
ENVIRONMENT = environment.name(env)
PRODUCTION = ENVIRONMENT == "production"
VAR = environment.var(env)

DEBUG = environment.debug(env)
SECRET_KEY = environment.secret_key(env, var=VAR)
TOMBSTONE_PEPPER = env.str("TOMBSTONE_PEPPER", default="")  # of the hashes of erased people; never change it
TILL_SIGNING_KEY = environment.till_signing_key(env, var=VAR)
TILL_EARLIER_KEYS = env.list("TILL_EARLIER_KEYS", default=[])  # public ones, while their bundles are about
TILL_BUNDLE_HOURS = env.int("TILL_BUNDLE_HOURS", default=24)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework_api_key",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "axes",
    "config",
    "members",
    "identity",
    "tags",
    "campaigns",
    "reports",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.security.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.security.without_nul",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Database

DATABASE = environment.database(env, var=VAR)
# Only statements that ask for it are planned once a connection; none behind a pooler that cannot follow them.
PLANNED_ONCE: dict[str, object] = {"prepare_threshold": None}
if env.bool("PREPARED_STATEMENTS", default=True):
    # The server would plan anew each time, as it thinks every array of parameters long, and one of them short.
    generic = "-c plan_cache_mode=force_generic_plan"
    given = DATABASE.get("OPTIONS", {}).get("options", "")
    PLANNED_ONCE = {"prepare_threshold": 1 << 30, "options": f"{given} {generic}".strip()}
DATABASES = {
    "default": {
        **DATABASE,
        "OPTIONS": {**DATABASE.get("OPTIONS", {}), **PLANNED_ONCE},
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
}
# Answers of reports and sets of members are kept in files, so that every server process shows the same.
CACHES = {
    "default": env.cache("CACHE_URL", default="locmemcache://ninefold"),
    "reports": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR / "reports",
    },
    "sets": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR / "sets",
        "OPTIONS": {"MAX_ENTRIES": 1_000},
    },
}

# People and passwords

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1  # hour
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_COOKIE_AGE = 12 * 60 * 60

# Transport

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 60 * 60 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024  # a batch of 1,000 intake records
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Files

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION

# Language, place, time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Shanghai")
USE_TZ = True
DEFAULT_PHONE_REGION = env.str("DEFAULT_PHONE_REGION", default="CN")
ATTRIBUTION_WINDOW_DAYS = env.int("ATTRIBUTION_WINDOW_DAYS", default=30)
COVERAGE_DAYS = env.int("COVERAGE_DAYS", default=7)

# Review queue: above these a second person confirms; how long "later" is; how right an automatic merge has to be

REVIEW_ALONE_CASES = env.int("REVIEW_ALONE_CASES", default=20)
REVIEW_ALONE_ACCOUNTS = env.int("REVIEW_ALONE_ACCOUNTS", default=40)
REVIEW_BULK_MAX = env.int("REVIEW_BULK_MAX", default=500)
REVIEW_LATER_DAYS = env.int("REVIEW_LATER_DAYS", default=7)
REVIEW_PRECISION = env.float("REVIEW_PRECISION", default=0.99)

# Candidates for the review queue: duckdb or spark; least probability of a case; from which probability the model may
# join by itself (0: never); what one search may take of this machine (0 threads: all)

CANDIDATES_BACKEND = env.str("CANDIDATES_BACKEND", default="duckdb")
CANDIDATES_THRESHOLD = env.float("CANDIDATES_THRESHOLD", default=0.2)
CANDIDATES_ACCEPT = env.float("CANDIDATES_ACCEPT", default=0.0)
CANDIDATES_MEMORY = env.str("CANDIDATES_MEMORY", default="2GB")
CANDIDATES_THREADS = env.int("CANDIDATES_THREADS", default=0)

# Mail and logs

vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25" if PRODUCTION else "consolemail://"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="ninefold@localhost")
logs.configure()
LOGGING = logs.logging(level=env.str("LOG_LEVEL", default="INFO" if PRODUCTION else "WARNING"))

# Worker: at least once, so tasks are written to be repeated; `retry` is longer than any task may take.

Q_CLUSTER = {
    "name": "ninefold",
    "orm": "default",
    "workers": env.int("WORKERS", default=2),
    "timeout": 15 * 60,
    "retry": 20 * 60,
    "max_attempts": 3,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 5,
    "save_limit_per": "func",
    "queue_limit": 20,
    "bulk": 1,
    "poll": 0.5,
    "recycle": 500,
    "label": _("Worker"),
}

# Doors

REST_FRAMEWORK = options.framework(env)
SPECTACULAR_SETTINGS = options.spectacular()
API_MAX_BYTES = 64 * 1024
TILL_MAX_BYTES = 512 * 1024
WRONG_CODES = env.int("API_WRONG_CODES", default=20)  # of gift cards, of one key in ten minutes
WRONG_CODES_OF_ADDRESS = env.int("API_WRONG_CODES_ADDRESS", default=60)
API_RECORDS_MAX_BYTES = env.int("API_RECORDS_MAX_BYTES", default=10 * 1024 * 1024)
