"""Which promise is in force."""

import datetime as dt

from django.db.models import QuerySet

from members.models import PromiseText


def current(*, now: dt.datetime, purpose: str = "", language: str = "") -> QuerySet[PromiseText]:
    """For each purpose and language the text that was valid last."""
    texts = PromiseText.objects.filter(valid_from__lte=now)
    if purpose:
        texts = texts.filter(purpose=purpose)
    if language:
        texts = texts.filter(language=language)
    return texts.order_by("purpose", "language", "-valid_from", "-id").distinct("purpose", "language")
