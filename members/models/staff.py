from django.conf import settings
from django.db import models


def somebody(label, *, required=False, **options):
    """Who of the staff did it: whoever is named stays."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, null=not required, blank=not required,
        on_delete=models.PROTECT, related_name="+", **options,
    )  # fmt: skip
