"""The accounts, as handin's tests know them: one that may do everything, and one that may not delete test cases. May be run again."""

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.contrib.sites.models import Site  # noqa: E402

users = get_user_model().objects
if not users.filter(username="bot").exists():
    users.create_superuser("bot", "bot@example.com", "bot-pass")
if not users.filter(username="clerk").exists():
    clerk = users.create_user("clerk", "clerk@example.com", "clerk-pass")
    clerk.user_permissions.set(Permission.objects.exclude(codename="delete_testcase"))
    clerk.groups.set(Group.objects.none())
Site.objects.update_or_create(id=1, defaults={"domain": "127.0.0.1", "name": "tests"})
