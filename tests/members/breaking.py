"""Breaking the rules of the database."""

import uuid

import pytest
from django.db import DatabaseError, transaction

from members.models import Posting
from tests.members.ledger.purses import NOW


def refused(make, match=None) -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        make()


def deleted(model) -> None:
    """As raw SQL would: without the collector's own refusals."""
    model.objects.all()._raw_delete("default")


def posting(book, account, verb, **fields) -> Posting:
    """A posting by hand, without entries."""
    given = {"key": str(uuid.uuid4()), "content": uuid.uuid4(), "amount": 0, "occurred_at": NOW} | fields
    return Posting.objects.create(book=book, account=account, verb=verb, recorded_at=NOW, **given)
