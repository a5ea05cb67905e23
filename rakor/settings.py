"""The one settings module: read from the environment, safe by default.

Variables: DATABASE_URL, REDIS_URL, SECRET_KEY, LINK_KEY, SETUP_CODE (each also as NAME_FILE), BASE_URL, ALLOWED_HOSTS,
EMAIL_*, DEFAULT_FROM_EMAIL, RAKOR_DATA_DIR, LOG_FORMAT, SLOW_QUERY_MS, LEAST_FREE_MB, RAKOR_DEMO, RAKOR_DEBUG. README,
"Production", explains each.
"""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from rakor.lib.env import env_bool, env_int, env_list, env_secret, env_text
from rakor.lib.postgres import try_on

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env_text("RAKOR_DATA_DIR", str(BASE_DIR / ".demo"))).resolve()

DEBUG = env_bool("RAKOR_DEBUG")
DEMO = env_bool("RAKOR_DEMO")
TESTING = env_bool("RAKOR_TESTING")
"""Set by tests/conftest.py alone: allows generated secrets and plain http, changes nothing else."""

SECRET_KEY = env_secret("SECRET_KEY", insecure=DEBUG or TESTING)
LINK_KEY = env_secret("LINK_KEY", insecure=DEBUG or TESTING)
SETUP_CODE = env_text("SETUP_CODE")
BASE_URL = env_text("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS") or [urlsplit(BASE_URL).hostname or "127.0.0.1", "127.0.0.1", "localhost"]
HTTPS = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "rakor.accounts",
    "rakor.audit",
    "rakor.mail",
    "rakor.live",
    "rakor.documents",
    "rakor.conferencing",
    "rakor.meetings",
    "attendees",
    "agenda",
    "minutes",
    "rakor.desk",
    *(["rakor.demo"] if DEMO or TESTING else []),
    "pgtrigger",
    "django_htmx",
    "csp",
    "lucide",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "rakor.lib.plain.PlainRequests",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "rakor.logs.RequestRecords",
    "rakor.accounts.middleware.LanguageMiddleware",
    "rakor.desk.outage.ReadAgain",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "attendees.middleware.ViewerMiddleware",
    "attendees.confidential.ConfidentialPages",
    "rakor.desk.setup.FirstRunMiddleware",
]

ROOT_URLCONF = "rakor.urls"
ASGI_APPLICATION = "rakor.asgi.application"
FORM_RENDERER = "rakor.accounts.rendering.Renderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "rakor.accounts.context.frame",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """Django's database settings of a postgresql:// URL; `?host=` names the folder of a Unix socket."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "rakor.lib.postgres",
        "NAME": unquote(parts.path.lstrip("/")) or "rakor",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(query.pop("port", parts.port or "")),
        "CONN_MAX_AGE": 0,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            "pool": {
                "min_size": 2,
                "max_size": env_int("DATABASE_POOL", 10),
                "timeout": 10,  # outlasts a quick restart; then the visitor gets a 503
                "reconnect_timeout": 3,
                "reconnect_failed": try_on,
            },
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,  # milliseconds; a server that vanished from the network is not waited for
            "options": "-c jit=off",  # compiling a list's query took up to a second, running it a few milliseconds
            **query,
        },
    }


DATABASES = {"default": _database(env_text("DATABASE_URL", "postgresql:///rakor"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_text("REDIS_URL")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {  # a request does not wait for a broker that is down
        "socket_connect_timeout": 2,
        "socket_timeout": 3,
        "max_retries": 0,
    }
else:
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT = "rakor.lib.folder_queue:Transport"
    _folder = DATA_DIR / "celery"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_folder / "queue"),
        "data_folder_out": str(_folder / "queue"),
        "control_folder": str(_folder / "control"),
        "polling_interval": 0.2,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # however long it is away
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # a lease, not the queue, says whose the mail is
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-mail": {"task": "rakor.mail.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "sweep-documents": {"task": "rakor.documents.tasks.sweep", "schedule": 10.0},
    "remind": {"task": "attendees.tasks.remind", "schedule": 300.0, "options": {"expires": 300}},
    "sweep-imports": {"task": "attendees.tasks.sweep", "schedule": 600.0, "options": {"expires": 600}},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "full_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "rakor.accounts.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {
    "login": "rakor.accounts.forms.LoginForm",
    "reset_password": "rakor.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "rakor.accounts.forms.ResetPasswordKeyForm",
    "set_password": "rakor.accounts.forms.SetPasswordForm",
    "change_password": "rakor.accounts.forms.ChangePasswordForm",
    "reauthenticate": "rakor.accounts.forms.ReauthenticateForm",
}
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "rakor.accounts.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # administrators make the accounts; nobody signs up with somebody else's address
MFA_TOTP_ISSUER = "Rakor"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_FORMS = {
    "authenticate": "rakor.accounts.second_factor.AuthenticateForm",
    "reauthenticate": "rakor.accounts.second_factor.ReauthenticateForm",
    "activate_totp": "rakor.accounts.second_factor.ActivateTOTPForm",
    "deactivate_totp": "rakor.accounts.second_factor.DeactivateTOTPForm",
    "generate_recovery_codes": "rakor.accounts.second_factor.GenerateRecoveryCodesForm",
}

CACHES = {
    "default": {  # limits of tries: in the database, so that losing Redis neither lifts one nor shuts the log-in
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "rendered": {  # parts of pages that cannot change; in the process, so that they do not wait for Redis or miss it
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "rendered",
        "TIMEOUT": 24 * 60 * 60,
        "OPTIONS": {"MAX_ENTRIES": 200},
    },
}

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = False
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^sehat/"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = (
    "same-origin"  # under no-referrer browsers post `Origin: null`, which fails the CSRF check; /u/ sets that itself
)
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LANGUAGE_CODE = "id"
LANGUAGES = [("id", _("Indonesian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "rakor" / "locale"]
FORMAT_MODULE_PATH = ["rakor.formats"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env_text("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA_DIR / "files")},
    },
    "staticfiles": {"BACKEND": "rakor.staticfiles.Storage"},
}
WHITENOISE_USE_FINDERS = not Path(STATIC_ROOT).exists()
WHITENOISE_AUTOREFRESH = False

EMAIL_HOST = env_text("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env_text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env_text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 20
MAIL_LEASE = env_int("MAIL_LEASE", 60)
"""Seconds after which a mail whose worker was killed is taken up again; a reply is awaited for two thirds."""
DEFAULT_FROM_EMAIL = env_text("DEFAULT_FROM_EMAIL", "Rakor <rakor@rakor.example>")

LOG_FORMAT = env_text("LOG_FORMAT", "lines" if DEMO or DEBUG or TESTING else "json")
SLOW_QUERY_MS = env_int("SLOW_QUERY_MS", 200)
"""A query that took as long is told in the log, by its shape."""
LEAST_FREE_MB = env_int("LEAST_FREE_MB", 500)
"""The health page calls a data folder with less room unwell."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {"()": "rakor.logs.Lines", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "rakor.logs.JsonLines"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "uvicorn": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "uvicorn.access": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "celery.app.trace": {"level": "WARNING"},  # our own line says it with duration, queries and request id
        "celery.worker.strategy": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
        "pyhanko": {"level": "ERROR"},
        "pyhanko_certvalidator": {"level": "ERROR"},
    },
}
