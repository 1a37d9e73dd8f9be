"""Which promise is in force."""

import datetime as dt

from django.db.models import QuerySet

from members.models import Consent, PromiseText


def current(*, now: dt.datetime, purpose: str = "", language: str = "") -> QuerySet[PromiseText]:
    """For each purpose and language the text that was valid last."""
    texts = PromiseText.objects.filter(valid_from__lte=now)
    if purpose:
        texts = texts.filter(purpose=purpose)
    if language:
        texts = texts.filter(language=language)
    return texts.order_by("purpose", "language", "-valid_from", "-id").distinct("purpose", "language")


def agreed_to(*, consent: Consent) -> PromiseText | None:
    """The text that a consent is about: by its digest, else by purpose, version and language."""
    texts = PromiseText.objects.filter(purpose=consent.purpose, version=consent.text_version)
    if consent.language:
        texts = texts.filter(language=consent.language)
    found = list(texts.order_by("language", "pk"))
    same = [text for text in found if consent.shown and text.digest == consent.shown]
    return next(iter(same or ([] if consent.shown else found)), None)
