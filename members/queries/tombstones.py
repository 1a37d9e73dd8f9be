"""Looking for the erased."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from members.models import Erasure, ErasureSalt, Tombstone, oneid
from members.privacy import tombstones


@dataclass(frozen=True)
class Found:
    id: int
    kind: str
    erased_at: dt.datetime
    lifted_at: dt.datetime | None


def salt() -> bytes | None:
    """None until somebody was erased for the first time."""
    found = ErasureSalt.objects.values_list("salt", flat=True).first()
    return None if found is None else bytes(found)


def among(*, digests: Collection[bytes]) -> dict[bytes, Found]:
    """The tombstones of these hashes."""
    rows = Tombstone.objects.filter(digest__in=list(digests))
    return {bytes(row.digest): Found(row.id, row.kind, row.erased_at, row.lifted_at) for row in rows}


def erasure_of(*, oneid_text: str) -> Erasure | None:
    """The erasure of the person who once had this OneID."""
    key = salt()
    if key is None:
        return None
    sought = tombstones.oneid(salt=key, oneid=oneid.normalise(oneid_text))
    found = Tombstone.objects.select_related("erasure").filter(digest=sought, kind="oneid").first()
    return found.erasure if found else None
