"""Settings. What differs between machines comes from the environment; `docs/operators.md` lists every name."""

import os
import secrets
import sys
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("PLENIERE_VAR", ROOT / "var"))  # database, uploads, keys: all that a backup holds
VAR.mkdir(parents=True, exist_ok=True)

TESTING = "pytest" in sys.modules
DEBUG = os.environ.get("PLENIERE_DEBUG") == "1"
DEMO = os.environ.get("PLENIERE_DEMO") == "1"  # the demo bureau: nothing ever leaves the machine


def _key(name, make):
    """A secret from the environment, or from a file of its own under `var/keys`, made at the first start."""
    if name in os.environ:
        return os.environ[name]
    path = VAR / "keys" / name.lower()
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text().strip()


def _fernet_key():
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


SECRET_KEY = _key("SECRET_KEY", lambda: secrets.token_urlsafe(50))
SEAL_KEYS = _key("SEAL_KEYS", _fernet_key).split(",")  # newest first: the first seals, all unseal

ALLOWED_HOSTS = os.environ.get("PLENIERE_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
SITE_URL = os.environ.get("PLENIERE_URL", "http://127.0.0.1:8000").rstrip("/")
SECURE = SITE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "pleniere.common",
    "pleniere.accounts",
    "pleniere.messaging",
    "pleniere.ledger",
    "pleniere.catalogue",
    "pleniere.congress",
    "pleniere.stock",
    "pleniere.booking",
    "pleniere.allotment",
    "pleniere.payment",
    "pleniere.invoicing",
    "pleniere.registration",
    "pleniere.quote",
    "pleniere.payout",
    "pleniere.lists",
    "pleniere.accounting",
    "pleniere.waiting",
    "pleniere.draw",
    "pleniere.subblock",
    "pleniere.demo",
    "pleniere.web",
    "pleniere.web.public",
    "pleniere.web.client",
    "pleniere.web.extranet",
    "pleniere.web.organiser",
    "pleniere.web.office",
    "pleniere.web.gateway",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "pleniere.config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "pleniere.web.middleware.card_pages_are_reached",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "pleniere.web.middleware.no_body_too_heavy",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "pleniere.web.middleware.people_language",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pleniere.web.middleware.vary_on_htmx",
    "allauth.account.middleware.AccountMiddleware",
    "pleniere.web.middleware.no_nul_in_an_address",
    "pleniere.web.middleware.private_pages_stay_private",
]

ROOT_URLCONF = "pleniere.config.urls"
WSGI_APPLICATION = "pleniere.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["pleniere.web.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

FORM_RENDERER = "pleniere.web.widgets.PlainRenderer"

DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{VAR / 'pleniere.sqlite3'}", conn_max_age=60)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",  # a writer waits for its turn at BEGIN, and never fails half-way
    }
    if os.environ.get("PLENIERE_TEST_FILE"):  # races need a file: in memory, SQLite cannot race
        DATABASES["default"]["TEST"] = {"NAME": os.environ["PLENIERE_TEST_FILE"]}
elif os.environ.get("PLENIERE_POSTGRES_DIRECT") != "0":  # statements are prepared, but through PgBouncer: see pooler.py
    DATABASES["default"].setdefault("OPTIONS", {}).update(server_side_binding=True, prepare_threshold=1)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else ["django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 7 * 86_400  # how long an invitation to choose a password holds
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "pleniere.web.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "pleniere.web.accounts.LoginForm"}
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
MFA_ADAPTER = "pleniere.web.accounts.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if TESTING
    # Login limits must count across processes: a cache of one process would give each its own count.
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False  # it would part the digits of keys too; `common.shown` parts amounts

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # an answer grid of 7 types x 14 nights has some 200

EMAIL_BACKEND = (
    "django.core.mail.backends.locmem.EmailBackend" if TESTING else "django.core.mail.backends.smtp.EmailBackend"
)  # the outbox opens the bureau's own SMTP connection; the demo's mails stay in the outbox

# Card providers that may be used, by name, with what each needs. The sandbox moves no money: demos and trials only.
PAYMENT_PROVIDERS: dict[str, dict[str, str]] = (
    {"sandbox": {}} if DEMO or TESTING or os.environ.get("PLENIERE_SANDBOX_BANK") == "1" else {}
)

WORK_LEASE = int(os.environ.get("PLENIERE_LEASE", 300))  # seconds a worker keeps what it has claimed without a sign of life

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("PLENIERE_LOG", "WARNING")},
}
