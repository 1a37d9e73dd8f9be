"""From new entries to the facts of the members floor: accounts, orders, returns, reviews."""

from datetime import UTC

from identity.actions import bindings
from identity.records import keys
from members.actions import accounts, consents, labels, memberships, orders, returns, reviews


class People:
    """The accounts that a batch speaks of, by (channel id, external id)."""

    def __init__(self, recorded, known):
        self.recorded = recorded
        self.known = known | recorded

    def of(self, entry):
        """(account id or None, key it waits for)."""
        customer = entry.cleaned.customer
        found = self.known.get((entry.channel, customer)) if customer else None
        return (found.id, customer) if found else (None, customer)

    def waits(self, entry, sales):
        """What the entry waits for: "account", "order", both or nothing."""
        account, key = self.of(entry)
        order = getattr(entry.cleaned.record, "order", None)
        sale = sales.get((entry.channel, order)) if order else None
        waits = ["order"] if order and sale is None else []
        if key and account is None and not (sale and sale.account):
            waits.append("account")
        return ",".join(waits)

    def created(self):
        """Rows (channel, external id, id) of accounts that this batch made."""
        return [(each.channel, each.external_id, each.id) for each in self.recorded.values() if each.created]

    def minted(self):
        """Accounts whose OneID nobody has seen yet."""
        return [each.id for each in self.recorded.values() if each.created and not each.revived]

    def changed(self):
        return {each.id for each in self.recorded.values() if each.changed}


def people(entries) -> People:
    """Record the accounts that entries claim, and look up those that they only name."""
    claims, named = {}, set()
    for entry in entries:
        if entry.cleaned.claims:
            accounts.claimed(claims, _claim(entry))
        elif entry.cleaned.customer:
            named.add((entry.channel, entry.cleaned.customer))
    recorded = accounts.record(claims=claims)
    return People(recorded, accounts.look_up(keys=named - claims.keys()))


def _claim(entry):
    cleaned, record = entry.cleaned, entry.cleaned.record
    at = entry.time().astimezone(UTC).isoformat()
    return accounts.Claim(
        channel=entry.channel,
        external_id=cleaned.customer,
        is_contact=cleaned.is_contact,
        organization=entry.organization,
        first_at=record.occurred_at,
        last_at=max(record.occurred_at, entry.time()),
        traits={name: (at, value) for name, value in cleaned.traits.items()},
    )


def state(entries, people) -> set[int]:
    """Memberships, consents and tags of account records; the accounts whose identifiers link no more, or again."""
    statements, said, called = [], [], []
    for entry in entries:
        if not entry.cleaned.claims:
            continue
        account = people.of(entry)[0]
        statements += _memberships(entry, account)
        for consent in getattr(entry.cleaned.record, "consents", None) or ():
            said.append(_consent(consent, account, entry.digest))
        if getattr(entry.cleaned.record, "tags", None) is not None:
            called.append(_labels(entry, account))
    labels.state(statements=called)
    memberships.state(statements=statements)
    return consents.state(statements=said)


def consents_of(entries, accounts) -> set[tuple]:
    """The statements of entries, by what makes them one: rows (account, purpose, touchpoint, granted, time).
    `accounts` is {(channel id, external id): account}."""
    return {
        (
            accounts[entry.channel, entry.cleaned.customer],
            given.purpose,
            given.channel,
            given.granted,
            given.at,
        )
        for entry in entries
        if entry.cleaned.claims and (entry.channel, entry.cleaned.customer) in accounts
        for given in getattr(entry.cleaned.record, "consents", None) or ()
    }


def _consent(given, account, digest):
    return (
        account, given.purpose, given.channel, given.granted, given.at, given.text_version, given.language,
        given.shown, given.ip, given.device, digest,
    )  # fmt: skip


def _labels(entry, account):
    cleaned = entry.cleaned
    return labels.Statement(
        account=account, source=cleaned.channel, labels=cleaned.record.tags, stated_at=entry.time(), record=entry.digest
    )  # fmt: skip


def _memberships(entry, account):
    record = entry.cleaned.record
    joined = (record.occurred_at, entry.organization) if entry.joins else (None, None)
    yield (entry.organization, account, record.occurred_at, *joined, None, "", "", None, None)
    for given, organization in zip(getattr(record, "membership", None) or (), entry.memberships, strict=True):
        joined = given.joined_at or record.occurred_at
        known = min(joined, record.occurred_at)
        yield (
            organization, account, known, joined, entry.organization, entry.time(), given.number, given.tier,
            given.points, given.growth,
        )  # fmt: skip


def held(entries, people, identifiers) -> set[int]:
    """Bind what account records carry, and to a contact account the identifiers that it was told with."""
    rows = []
    for entry in entries:
        if not entry.cleaned.claims:
            continue
        account = people.of(entry)[0]
        record = entry.cleaned.record
        last = max(record.occurred_at, entry.time())
        for each in entry.cleaned.identifiers:
            if not entry.cleaned.is_contact or _own(entry, each):
                id = identifiers[each.kind, each.namespace, each.value]
                rows.append((account, id, "holder", record.occurred_at, last, each.act or ""))
    return bindings.hold(rows=rows)


def _own(entry, identifier):
    """Whether a contact account holds it. An event is done by one visitor: what it carries is his (a form's e-mail
    and the cookie). An order may name others, so that its contacts stay contacts."""
    if entry.cleaned.type == "event":
        return identifier.role != "receiver"
    return entry.cleaned.type == "account" or _keys(entry, identifier)


def _keys(entry, identifier):
    """Whether a contact account made from an order or event is known by this identifier."""
    name = entry.cleaned.traits.get("name", "")
    return entry.cleaned.customer == keys.contact(
        identifier.kind, identifier.namespace, identifier.value, name
    )


def order_versions(entries, people) -> list:
    versions = []
    for entry in entries:
        record = entry.cleaned.record
        account, key = people.of(entry)
        versions.append(
            orders.Version(
                channel=entry.channel,
                external_id=record.external_id,
                account=account,
                account_key=key,
                organization=entry.organization,
                occurred_at=record.occurred_at,
                status=record.status,
                currency=record.currency,
                amount=record.amount,
                discount=record.discount,
                shipping=record.shipping,
                cashier=record.cashier,
                guide=record.guide,
                receiver_province=(record.receiver or {}).get("province", ""),
                coupons=record.coupons,
                attribution=record.attribution or {},
                version_at=entry.time(),
                digest=entry.digest,
                lines=[
                    (
                        l.line,
                        l.sku,
                        l.name,
                        l.category,
                        l.quantity,
                        l.unit_price,
                        l.discount,
                        l.amount,
                        l.serial,
                    )
                    for l in record.lines  # noqa: E741
                ],
                payments=[(payment.method, payment.amount) for payment in record.payments],
            )
        )
    return versions


def return_versions(entries, people, sales) -> list:
    return [
        returns.Version(
            **_after_sale(entry, people, sales),
            organization=entry.organization,
            amount=entry.cleaned.record.amount,
            lines=[(line.line, line.sku, line.quantity, line.refund) for line in entry.cleaned.record.lines],
        )
        for entry in entries
    ]


def review_versions(entries, people, sales) -> list:
    return [
        reviews.Version(
            **_after_sale(entry, people, sales),
            sku=entry.cleaned.record.sku,
            rating=entry.cleaned.record.rating,
            text=entry.cleaned.record.text,
        )
        for entry in entries
    ]


def _after_sale(entry, people, sales):
    """What a return and a review have in common."""
    record = entry.cleaned.record
    account, key, order = owner(entry, people, sales)
    return {
        "channel": entry.channel,
        "external_id": record.external_id,
        "order": order,
        "order_key": record.order,
        "account": account,
        "account_key": key,
        "occurred_at": record.occurred_at,
        "version_at": entry.time(),
        "digest": entry.digest,
    }


def owner(entry, people, sales):
    """(account, key, order): the order's account as soon as the order is known, else the one named."""
    account, key = people.of(entry)
    sale = sales.get((entry.channel, entry.cleaned.record.order)) if entry.cleaned.record.order else None
    if sale is None:
        return account, key, None
    return sale.account or account, key, sale.id


def stating(entries, people) -> set[int]:
    """The accounts whose records state memberships."""
    return {people.of(entry)[0] for entry in entries if getattr(entry.cleaned.record, "membership", None)}
