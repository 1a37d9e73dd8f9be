"""A little of everything that the admin shows."""

import datetime as dt

from django.utils import timezone
from django_q.models import Schedule, Task

from campaigns.actions import carts
from campaigns.actions.till import uploading
from campaigns.models import AudienceExport, ToldCoupon
from identity.actions import datamap, intake, trials, verdicts
from identity.models import (
    CandidateModel,
    CandidateRun,
    FileImport,
    GapPlan,
    HashRecipe,
    IngestRun,
    Mapping,
    Touchpoint,
    TrackingKey,
)  # fmt: skip
from members.actions import adjustments, books, gift_cards, holds, points, rights, tickets
from members.models import (
    AccessRecord,
    Account,
    BenefitGrant,
    Channel,
    ChannelKey,
    Erasure,
    EventCursor,
    GoodsSet,
    LabelStatement,
    OpeningRule,
    Programme,
    PromiseText,
    Purse,
    RetentionRun,
    Tier,
)  # fmt: skip
from tags.actions import audiences
from tags.models import Audience, TagRun
from tests import factories
from tests.campaigns import making, offering, pots, simulated, vouchers
from tests.campaigns.till import pricing as tills
from tests.campaigns.till import selling
from tests.members import clubs, entitled, plans

NOW = factories.NOW
AT = "2026-01-02T03:04:05+08:00"


def build() -> dict:
    """The nodes of the house by code."""
    tree = factories.tree()
    till = factories.channel(organization=tree["g"], code="pos", kind="pos", source_class="offline")
    intake.accept(
        records=[{"channel": "pos", "occurred_at": AT, **record} for record in _records()],
        source="t",
        now=NOW,
    )
    _tagged(tree)
    _campaign(tree, till)
    _offered(tree)
    _watched(tree)
    _decided()
    _mapped()
    _promised(tree)
    _brought_in(tree, till)
    _searched()
    _connected(tree, till)
    _worked()
    _earned(tree)
    _served(tree, till)
    _carded(tree)
    _entitled(tree)
    return tree


def _records():
    phone = [{"kind": "phone", "value": "13800138000"}]
    line = {"line": 1, "sku": "FR-500", "quantity": "1", "unit_price": "3999.00"}
    return [
        {"type": "account", "external_id": "c-1", "identifiers": phone,
         "profile": {"name": "Anna Li", "address": "Hong Kong Road 12"},
         "consents": [{"purpose": "marketing", "channel": "*", "granted": True, "at": AT}]},
        {"type": "order", "external_id": "SO-1", "account": "c-1", "lines": [line], "organization": "s1",
         "payments": [{"method": "cash", "amount": "3999.00"}]},
        {"type": "return", "external_id": "RT-1", "order": "SO-1",
         "lines": [{"line": 1, "quantity": "1", "refund": "9.00"}]},
        {"type": "review", "external_id": "RV-1", "order": "SO-1", "rating": 3},
        {"type": "event", "account": "c-1", "name": "page_view", "properties": {"sku": "FR-500"}},
        {"type": "account", "external_id": "c-2", "identifiers": [{"kind": "phone", "value": "12345"}]},
    ]  # fmt: skip


def _tagged(tree):
    everybody = {"all": []}
    audiences.save(name="All", organization=tree["g"], condition=everybody, by=None, now=timezone.now())
    factories.tag(code="all", organization=tree["g"], values=[("yes", everybody), "no"])
    TagRun.objects.create(scope="all", tags=["all"], started_at=NOW, ended_at=NOW)


def _campaign(tree, till):
    reached = making.reachable(channel=till, phone="+8613800138001")
    chosen = making.audience(organization=tree["g"], members=[reached.member])
    AudienceExport.objects.create(
        audience=chosen, way="sms", purpose="marketing", form="sha256", reason="look-alikes", exported=1,
        digest="0" * 64, by=factories.staff(), at=NOW,
    )  # fmt: skip
    LabelStatement.objects.create(account=reached, source="tag:all", labels=["yes"], stated_at=NOW)
    making.run(making.approved(organization=tree["g"], audience=chosen))
    everybody = Audience.objects.get(name="All")
    making.run(
        making.approved(organization=tree["g"], audience=everybody, name="All who come", entering="all")
    )


def _offered(tree):
    simulated.found(offering.published(organization=tree["g"], offers=(offering.off(),)))
    vouchers.claim(vouchers.template(organization=tree["g"]), Account.objects.order_by("id").first())
    pots.budget(organization=tree["g"], amount=100)
    selling.put(
        tills.till(factories.channel(organization=tree["g"], code="pos-2", kind="pos")), "12.50", store="s1"
    )
    _uploaded(tree)
    place = {"channel": Channel.objects.first(), "organization": tree["g"], "occurred_at": NOW}
    told = {"code": "C1", "key": "SO-1", "state": "refused", "reason": "unknown", "decided_at": NOW}
    ToldCoupon.objects.create(kind="order", **place, **told)


def _uploaded(tree):
    caller = uploading.Caller(Channel.objects.get(code="pos-2"), tree["g"])
    uploading.upload(
        caller=caller, told=[{"key": "k", "kind": "sale", "store": "s1", "order": "N1"}], now=NOW
    )


def _watched(tree):
    watch = carts.watch(organization=tree["g"], name="Carts", by=factories.staff(), now=NOW)
    account = Account.objects.order_by("id").first()
    watch.runs.create(account=account, sku="FR-500", started_at=NOW, due_at=NOW + dt.timedelta(minutes=30))


def _decided():
    first, second = Account.objects.order_by("id")[:2]
    verdicts.not_same(left=[first.pk], right=[second.pk], by=None, now=NOW)
    trials.draft(name="Fewer on a phone", kinds={"phone": {"max_accounts": 6}}, by=None, now=NOW)


def _mapped():
    datamap.install()
    left, right = Touchpoint.objects.order_by("pk")[:2]
    GapPlan.objects.create(left=left, right=right, action="Scan the code", target=5)


def _promised(tree):
    first, second = Account.objects.order_by("id")[:2]
    promise = PromiseText.objects.create(
        purpose="identification", language="en", version="1", text="We greet you by name.", valid_from=NOW
    )
    BenefitGrant.objects.create(account=first, promise=promise, benefit="gift", granted_at=NOW)
    Programme.objects.create(organization=tree["b1"], name="Club")
    Erasure.objects.create(
        member=second.member, reason="asked", door="screen", requested_at=NOW,
        requested_by=factories.staff(organization=tree["g"]),
    )  # fmt: skip
    RetentionRun.objects.create(started_at=NOW, ended_at=NOW)
    AccessRecord.objects.create(action="export", field="report pool", at=NOW)


def _brought_in(tree, till):
    FileImport.objects.create(
        name="a.csv", path="a.csv", size=5, form="csv", channel=till, uploaded_at=NOW,
        uploaded_by=factories.staff(organization=tree["g"]),
    )  # fmt: skip
    Mapping.objects.create(name="m", type="order", columns={"No": "external_id"})
    IngestRun.objects.create(
        source="/data/pos.jsonl", fingerprint="f", started_at=NOW, verdicts={"accepted": 5}
    )


def _searched():
    model = CandidateModel.objects.create(version=1, parameters={}, people=5, trained_at=NOW)
    CandidateRun.objects.create(kind="search", model=model, started_at=NOW)


def _connected(tree, till):
    HashRecipe.objects.create(
        name="Tmall", plain_kind_id="phone", hashed_kind_id="phone_hash", algorithm="md5"
    )
    TrackingKey.objects.create(channel=till, origins=["https://www.example.com"])
    ChannelKey.objects.create_key(name="till", channel=till, organization=tree["g"], scopes=["query"])
    EventCursor.objects.get_or_create(reader="tags")


def _earned(tree):
    ours = books.create(organization=tree["g"], code="points", name="Points", kind="points", unit="points")
    holder = Account.objects.order_by("id").first()
    points.earn(account=holder, book=ours, amount=100, key="earn", now=NOW)
    points.spend(account=holder, book=ours, amount=30, key="spend", now=NOW)
    until = NOW + dt.timedelta(minutes=5)
    holds.place(account=holder, parts=[holds.Part(ours, 5)], key="hold", until=until, now=NOW)
    large = books.create(
        organization=tree["g"], code="large", name="Large", kind="points", unit="points", adjust_limit=0
    )
    adjustments.ask(
        account=holder, book=large, amount=5, reason="lost receipt", by=factories.staff(), key="ask", now=NOW
    )
    eco = GoodsSet.objects.create(organization=tree["g"], code="eco", name="Eco", categories=["eco"])
    paid = {"book": ours, "currency": "CNY", "unit_value": 1}
    rules = [plans.rule(ours, 2, goods=eco), plans.rule(ours, 1)]
    club = Programme.objects.get()
    plans.drafted(club, rules=rules, spending=[paid], starts_at=NOW)
    OpeningRule.objects.create(programme=club, channel=holder.channel, points_book=ours, state="draft")
    Tier.objects.create(programme=club, code="gold", name="Gold", rank=1)
    clubs.fact(club, holder, tier="gold", day="2026-01-02")


def _entitled(tree):
    warranty = entitled.right(organization=tree["g"])
    entitled.by_goods(warranty, skus=["F1"])
    rights.grant(
        right=warranty, account=Account.objects.order_by("id").first(), quantity=1, source="hand", key="g1",
        reason="won it", by=factories.staff(), now=NOW,
    )  # fmt: skip


def _served(tree, till):
    customer = Account.objects.order_by("id").first()
    tickets.file(
        channel=till, external_id="T-1", kind="repair", account=customer, organization=tree["s1"], now=NOW
    )


def _carded(tree):
    books_of = {
        kind: books.create(organization=tree["g"], code=kind, name=kind, kind=kind, unit="CNY", scale=2)
        for kind in ("gift_card", "stored_value_principal")
    }
    gift_cards.issue(book=books_of["gift_card"], amount=100, key="gift", now=NOW)
    Purse.objects.create(
        organization=tree["g"], code="purse", name="Purse", principal=books_of["stored_value_principal"]
    )


def _worked():
    Schedule.objects.create(name="heartbeat", func="config.heartbeat.beat", schedule_type="I", minutes=1)
    for number, success in enumerate((True, False)):
        Task.objects.create(
            id=f"{number:032}", name="t", func="f", success=success, started=NOW, stopped=NOW, args=(), kwargs={}
        )  # fmt: skip
