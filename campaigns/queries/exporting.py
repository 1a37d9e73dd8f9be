"""The rows of an export: each member of an audience with his best address, whether he agreed, and some columns."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext_lazy as _

from campaigns.models import AudienceExport
from campaigns.queries.contact import Contact
from tags.conditions.sql import Sql, build, join
from tags.models import Audience
from tags.queries import audiences

BLOCK = 5_000
COLUMNS = {
    "oneid": (_("OneID"), Sql("m.oneid")),
    "name": (_("name"), Sql("p.name")),
    "gender": (_("gender"), Sql("p.gender")),
    "province": (_("province"), Sql("p.province")),
    "city": (_("city"), Sql("p.city")),
}
NEVER_ASKED, REFUSED, NO_ADDRESS = "never asked", "refused", "no address"

# Of several addresses the one seen last; of the consents the latest statement, as for messages (contact.CONSENTED).
ROWS = """
WITH chosen AS MATERIALIZED ({members}),
said AS (
    SELECT DISTINCT ON (a.member_id) a.member_id, c.granted
    FROM members_consent c JOIN members_account a ON a.id = c.account_id
    WHERE c.purpose = {purpose} AND c.touchpoint = ANY({touchpoints}) AND c.stated_at <= {as_of}
      AND (NOT c.granted OR a.revoked_at IS NULL)
    ORDER BY a.member_id, c.stated_at DESC, c.granted
),
held AS (
    SELECT DISTINCT ON (a.member_id) a.member_id, i.value
    FROM members_account a
    JOIN identity_carried b ON b.account_id = a.id AND b.role = 'holder'
    JOIN identity_identifier i ON i.id = b.identifier_id AND i.kind_id = {kind} AND NOT i.blocked AND i.shared = ''
    WHERE a.revoked_at IS NULL
    ORDER BY a.member_id, b.last_at DESC, b.id DESC
)
SELECT s.granted, h.value{columns}
FROM chosen c JOIN members_member m ON m.id = c.member_id
LEFT JOIN members_memberprofile p ON p.member_id = c.member_id
LEFT JOIN said s ON s.member_id = c.member_id
LEFT JOIN held h ON h.member_id = c.member_id
ORDER BY c.member_id
"""


@dataclass(frozen=True)
class Row:
    """``out``: why a member is left out; else his address as the file holds it, and the columns asked for."""

    out: str
    address: str = ""
    more: tuple[str, ...] = ()


def rows(
    *, audience: Audience, way: Contact, purpose: str, form: str, columns: list[str], as_of: dt.datetime
) -> Iterator[Row]:
    """In a transaction; a few thousand at a time, however many there are."""
    asked = join([Sql(f", {COLUMNS[name][1].text}") for name in columns], "")
    query = build(
        ROWS, members=audiences.members(audience=audience, as_of=as_of), purpose=purpose, as_of=as_of,
        touchpoints=[way.code, "*"], kind=way.kind, columns=asked,
    )  # fmt: skip
    with connection.chunked_cursor() as cursor:
        cursor.execute(query.text, query.params)
        while block := cursor.fetchmany(BLOCK):
            for granted, value, *more in block:
                yield _row(granted, value, more, form)


def _row(granted: bool | None, value: str | None, more: list, form: str) -> Row:
    if granted is None:
        return Row(NEVER_ASKED)
    if not granted:
        return Row(REFUSED)
    if not value:
        return Row(NO_ADDRESS)
    return Row("", written(value, form), tuple(str(each or "") for each in more))


def written(address: str, form: str) -> str:
    """The address as the file holds it. Hashed: the SHA-256, 64 hexadecimal digits in lower case, of the UTF-8 bytes of the
    address in lower case without spaces around it; a telephone number is in E.164, such as +8613800138000."""
    if form == AudienceExport.Form.PLAIN:
        return address
    plain = address.strip().lower()
    if form == AudienceExport.Form.SHA256_DIGITS:
        plain = plain.removeprefix("+")
    return hashlib.sha256(plain.encode()).hexdigest()
