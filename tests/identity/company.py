"""A small company and the records its channels send."""

import datetime as dt
import itertools

from identity.actions import intake, undoing
from identity.models import IngestRun
from members.actions import erasure
from tests import factories

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
_files = itertools.count(1)


def build() -> dict:
    """The tree of `factories.tree` and channels tmall, ad, app, pos (store s1), pos2 (store s2), mall."""
    nodes = factories.tree()
    for code, kind, source_class, node, first_party in (
        ("tmall", "tmall", "ecommerce", "b1", False),
        ("ad", "ad", "ad_content", "g", False),
        ("app", "app", "self_operated", "b1", True),
        ("mall", "mall", "self_operated", "b1", True),
        ("pos", "pos", "offline", "s1", True),
        ("pos2", "pos", "offline", "s2", True),
    ):
        factories.channel(
            organization=nodes[node],
            code=code,
            kind=kind,
            source_class=source_class,
            first_party=first_party,
            named=code != "ad",
        )
    return nodes


def day(number: int, hour: int = 10) -> str:
    return (dt.datetime(2026, 1, 1, hour, tzinfo=dt.UTC) + dt.timedelta(days=number)).isoformat()


def account(external_id=None, *, channel="app", on=0, phone=None, **more):
    record = {"type": "account", "channel": channel, "occurred_at": day(on)}
    if external_id:
        record["external_id"] = external_id
    if phone:
        record["identifiers"] = [{"kind": "phone", "value": phone}, *more.pop("identifiers", [])]
    return record | more


def order(external_id="o1", account=None, *, channel="app", on=1, amount="100.00", status="paid", **more):
    record = {
        "type": "order",
        "channel": channel,
        "external_id": external_id,
        "occurred_at": day(on),
        "status": status,
        "lines": [{"line": 1, "sku": "S1", "quantity": "1", "unit_price": amount}],
    }
    return record | ({"account": account} if account else {}) | more


def returned(external_id="r1", order="o1", *, channel="app", on=2, refund="100.00", **more):
    lines = [{"line": 1, "quantity": "1", "refund": refund}]
    record = {"type": "return", "channel": channel, "external_id": external_id, "occurred_at": day(on)}
    return record | {"lines": lines} | ({"order": order} if order else {}) | more


def review(external_id="v1", order="o1", *, channel="app", on=3, rating=3, **more):
    record = {"type": "review", "channel": channel, "external_id": external_id, "occurred_at": day(on)}
    return record | {"rating": rating} | ({"order": order} if order else {}) | more


def event(name="page_view", account=None, *, channel="app", on=1, **more):
    record = {"type": "event", "channel": channel, "name": name, "occurred_at": day(on)}
    return record | ({"account": account} if account else {}) | more


def accept(*records, now=NOW, **options):
    return intake.accept(records=list(records), source="test", now=now, **options)


def verdicts_of(*records, **options):
    return [verdict.verdict for verdict in accept(*records, **options)]


def brought(*records) -> IngestRun:
    """A file, read to its end."""
    name = f"file {next(_files)}"
    run = IngestRun.objects.create(source=name, fingerprint=name, state="finished", started_at=NOW)
    intake.accept(records=list(records), source="file", now=NOW, run=run)
    return run


def take_back(run: IngestRun) -> None:
    withdrawal = undoing.begin(run=run, reason="the wrong file", by=None, now=NOW)
    assert undoing.go_on(withdrawal=withdrawal, clock=lambda: NOW)


def erase(member) -> None:
    asked = erasure.request(member=member, reason="asked by letter", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)
