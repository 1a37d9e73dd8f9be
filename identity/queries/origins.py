"""Where an account is known from, and how far that can be trusted."""

from dataclasses import dataclass

from members import sets

ORIGINS = """
SELECT a.id,
       EXISTS (SELECT FROM identity_intakerecord r
               WHERE r.channel_id = a.channel_id AND r.type = 'account' AND r.key = a.external_id
                 AND r.withdrawal_id IS NULL),
       ARRAY(SELECT DISTINCT r.type FROM identity_intakerecord r
             WHERE r.channel_id = a.channel_id AND r.contact = a.external_id AND r.contact <> ''
               AND r.withdrawal_id IS NULL ORDER BY 1),
       a.is_contact
FROM members_account a WHERE a.id = ANY(%s::bigint[])
"""
# The channel's own word of its customer; the customer's, in an event that shows who he is; a contact that was told
# with something else, such as the receiver of an order.
NAMED, SHOWN, TOLD, ONCE = 1.0, 0.9, 0.6, 0.4


@dataclass(frozen=True)
class Origin:
    """`source` is the sort of record that tells of the account first: account, event, order, return or review;
    `confidence` runs from 0 to 1."""

    source: str
    confidence: float


def of(*, accounts: list[int]) -> dict[int, Origin]:
    """{account: Origin}: one query for all of them."""
    if not accounts:
        return {}
    rows = sets.prepared(ORIGINS, list(accounts))
    return {id: _origin(named, types, contact) for id, named, types, contact in rows}


def _origin(named, types, contact):
    if named:
        return Origin("account", TOLD if contact else NAMED)
    source = next((each for each in ("event", "order", "return", "review") if each in types), "")
    if source == "event":
        return Origin(source, ONCE if contact else SHOWN)
    return Origin(source, TOLD if source == "order" else ONCE)
