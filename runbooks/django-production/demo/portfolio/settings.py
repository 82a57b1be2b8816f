"""Settings of the demo project. The database comes from DATABASE_URL, or from the PG* variables of libpq."""
import os
from urllib.parse import unquote, urlsplit


def database():
    common = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": int(os.environ.get("DJANGO_DB_CONN_MAX_AGE", "0")),
    }
    if "DATABASE_URL" not in os.environ:
        # Host, port, user, passfile and timeouts are read by libpq itself.
        return {**common, "NAME": os.environ.get("PGDATABASE", "building")}
    url = urlsplit(os.environ["DATABASE_URL"])
    return {
        **common,
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
    }


SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only-for-the-demo")
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "portfolio.urls"
INSTALLED_APPS = ["building"]
DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
