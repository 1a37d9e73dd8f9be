"""Takes the addresses of an audience out of the house: only of members who agreed, and never without a row that says so."""

import contextlib
import csv
import datetime as dt
import hashlib
import re
import tempfile
from collections import Counter
from typing import BinaryIO

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import AudienceExport
from campaigns.queries import exporting
from campaigns.queries.contact import WAYS
from members.actions import access
from tags.models import Audience

IN_MEMORY = 4 << 20  # bytes; a larger file is held on disk until it is sent
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NOTHING = re.compile(r"(?!)")
# A telephone number or a token: a sign, and nothing after it that is reckoned with.
SIGNED = re.compile(r"[+-][\w.:@-]*")


class Refused(ValueError):
    """What is wrong and what to do, in a sentence for people."""


def export(
    *,
    audience: Audience,
    way: str,
    purpose: str,
    form: str,
    columns: list[str],
    reason: str,
    by: AbstractBaseUser,
    now: dt.datetime,
) -> tuple[AudienceExport, BinaryIO]:
    """The row that says who took it, and the file (CSV, UTF-8), at its beginning. The file is whole before the row is written,
    so that the row has its digest; whoever closes the file deletes it.

    Raises ``Refused``, and ``tags.conditions.faults.Fault`` for a condition that can no longer be read.
    """
    _check(way, form, columns, reason)
    with contextlib.ExitStack() as until_failed:
        file = until_failed.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
        with transaction.atomic():
            out, digest = _write(file, audience, way, purpose, form, columns, now)
            exported = out.pop("", 0)
            row = AudienceExport.objects.create(
                audience=audience, way=way, purpose=purpose, form=form, columns=columns, reason=reason.strip(),
                exported=exported, left_out=dict(out), digest=digest, by=by, at=now,
            )  # fmt: skip
            details = {
                "export": row.pk,
                "audience": audience.pk,
                "way": way,
                "form": form,
                "members": exported,
            }
            access.export(of="audience", by=by, now=now, details=details)
        file.seek(0)
        until_failed.pop_all()
    return row, file


def _check(way: str, form: str, columns: list[str], reason: str) -> None:
    if way not in WAYS:
        raise Refused(_("Choose a way of contact: %(ways)s.") % {"ways": ", ".join(WAYS)})
    if form not in AudienceExport.Form.values or set(columns) - set(exporting.COLUMNS):
        raise Refused(_("Choose the form of the addresses and the columns from the lists."))
    if form != AudienceExport.Form.PLAIN and columns:
        raise Refused(_("A hashed file holds nothing but hashes: leave the further columns out."))
    if not reason.strip():
        raise Refused(_("Say why you take this file: the reason is kept with your name."))


def _write(file, audience, way, purpose, form, columns, now) -> tuple[Counter, str]:
    """(why left out → how many, "" for those in the file; SHA-256 of the file)."""
    head = [way if form == AudienceExport.Form.PLAIN else f"{way}_sha256", *columns]
    digest, out = hashlib.sha256(), Counter()
    lines = csv.writer(_Digesting(file, digest))
    lines.writerow(head)
    for row in exporting.rows(
        audience=audience, way=WAYS[way], purpose=purpose, form=form, columns=columns, as_of=now
    ):
        out[row.out] += 1
        if not row.out:
            lines.writerow([_harmless(row.address, SIGNED), *map(_harmless, row.more)])
    return out, digest.hexdigest()


def _harmless(text: str, but: re.Pattern = NOTHING) -> str:
    """What a spreadsheet would take for a formula is kept a text."""
    return f"'{text}" if text.startswith(FORMULA) and not but.fullmatch(text) else text


class _Digesting:
    """Writes lines to a file of bytes, and to a digest."""

    def __init__(self, file, digest):
        self.file, self.digest = file, digest

    def write(self, text: str) -> None:
        data = text.encode()
        self.file.write(data)
        self.digest.update(data)
