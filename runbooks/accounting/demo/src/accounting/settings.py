"""Settings of the demo project. The database comes from the PG* variables of libpq."""
import os

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only-for-the-demo")
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["users", "ledger"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        # Host, port, user, passfile and timeouts are read by libpq itself.
        "NAME": os.environ.get("PGDATABASE", "accounting"),
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": os.environ.get("CACHE_DIR", "/tmp/accounting-demo-cache"),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
