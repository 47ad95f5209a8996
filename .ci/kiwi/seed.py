"""One account, as handin's tests know it."""

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.sites.models import Site  # noqa: E402

get_user_model().objects.create_superuser("bot", "bot@example.com", "bot-pass")
Site.objects.update_or_create(id=1, defaults={"domain": "127.0.0.1", "name": "tests"})
