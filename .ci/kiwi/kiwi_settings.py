"""A Kiwi TCMS for tests: SQLite in the folder that KIWI_DATA names, or the PostgreSQL whose socket is in the folder that KIWI_POSTGRES names, or
the MariaDB whose socket KIWI_MARIADB names; loopback only, no mail and no trackers."""

import os

from tcms.settings.common import *  # noqa: F403

DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
SECRET_KEY = "for tests on this machine alone"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.path.join(os.environ["KIWI_DATA"], "kiwi.sqlite"),
        "OPTIONS": {"timeout": 30},
    }
}
if "KIWI_POSTGRES" in os.environ:
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": "postgres",
        "HOST": os.environ["KIWI_POSTGRES"],
    }
if "KIWI_MARIADB" in os.environ:
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "kiwi",
        "USER": "root",
        "HOST": os.environ["KIWI_MARIADB"],
        "OPTIONS": {"init_command": "SET sql_mode='STRICT_TRANS_TABLES'", "charset": "utf8mb4"},
    }
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
KIWI_DISABLE_BUGTRACKER = True
MEDIA_ROOT = os.path.join(os.environ["KIWI_DATA"], "uploads")
STATICFILES_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
