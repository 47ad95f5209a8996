"""The accounts, as handin's tests know them: one that may do everything, and two that may not delete, or create, test cases. May be run again."""

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.contrib.sites.models import Site  # noqa: E402

users = get_user_model().objects
if not users.filter(username="bot").exists():
    users.create_superuser("bot", "bot@example.com", "bot-pass")
for name, lacks in (("clerk", "delete_testcase"), ("guest", "add_testcase")):
    if not users.filter(username=name).exists():
        user = users.create_user(name, f"{name}@example.com", f"{name}-pass")
        user.user_permissions.set(Permission.objects.exclude(codename=lacks))
        user.groups.set(Group.objects.none())
Site.objects.update_or_create(id=1, defaults={"domain": "127.0.0.1", "name": "tests"})
