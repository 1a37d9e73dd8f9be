import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django_q.models import Schedule, Task

from config import roles
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
from members.models import (
    AccessRecord,
    Account,
    BenefitGrant,
    ChannelKey,
    Erasure,
    EventCursor,
    Programme,
    PromiseText,
    RetentionRun,
)  # fmt: skip
from tags.actions import audiences, definitions
from tags.models import TagRun
from tests import factories
from tests.campaigns import making

pytestmark = pytest.mark.django_db
NOW = factories.NOW


@pytest.fixture
def house():
    """A little of everything that the admin shows."""
    tree = factories.tree()
    till = factories.channel(organization=tree["g"], code="pos", kind="pos", source_class="offline")
    at = "2026-01-02T03:04:05+08:00"
    phone = [{"kind": "phone", "value": "13800138000"}]
    line = {"line": 1, "sku": "FR-500", "quantity": "1", "unit_price": "3999.00"}
    records = [
        {"type": "account", "external_id": "c-1", "identifiers": phone, "profile": {"name": "Anna Li", "address": "Hong Kong Road 12"},
         "consents": [{"purpose": "marketing", "channel": "*", "granted": True, "at": at}]},
        {"type": "order", "external_id": "SO-1", "account": "c-1", "lines": [line], "organization": "s1",
         "payments": [{"method": "cash", "amount": "3999.00"}]},
        {"type": "return", "external_id": "RT-1", "order": "SO-1", "lines": [{"line": 1, "quantity": "1", "refund": "9.00"}]},
        {"type": "review", "external_id": "RV-1", "order": "SO-1", "rating": 3},
        {"type": "event", "account": "c-1", "name": "page_view", "properties": {"sku": "FR-500"}},
        {"type": "account", "external_id": "c-2", "identifiers": [{"kind": "phone", "value": "12345"}]},
    ]  # fmt: skip
    intake.accept(
        records=[{"channel": "pos", "occurred_at": at, **record} for record in records], source="t", now=NOW
    )
    everybody = {"all": []}
    audiences.save(name="All", organization=tree["g"], condition=everybody, by=None, now=timezone.now())
    definitions.define(
        code="all", name="All", organization=tree["g"], values=[("yes", "Yes", everybody), ("no", "No", None)]
    )
    reached = making.reachable(channel=till, phone="+8613800138001")
    chosen = making.audience(organization=tree["g"], members=[reached.member])
    making.run(making.approved(organization=tree["g"], audience=chosen))
    first, second = Account.objects.order_by("id")[:2]
    verdicts.not_same(left=[first.pk], right=[second.pk], by=None, now=NOW)
    trials.draft(name="Fewer on a phone", kinds={"phone": {"max_accounts": 6}}, by=None, now=NOW)
    Programme.objects.create(organization=tree["b1"], name="Club")
    datamap.install()
    left, right = Touchpoint.objects.order_by("pk")[:2]
    GapPlan.objects.create(left=left, right=right, action="Scan the code", target=5)
    promise = PromiseText.objects.create(
        purpose="identification", language="en", version="1", text="We greet you by name.", valid_from=NOW
    )
    BenefitGrant.objects.create(account=first, promise=promise, benefit="gift", granted_at=NOW)
    RetentionRun.objects.create(started_at=NOW, ended_at=NOW)
    somebody = factories.staff(organization=tree["g"])
    Erasure.objects.create(
        member=second.member, reason="asked", door="screen", requested_at=NOW, requested_by=somebody
    )
    FileImport.objects.create(
        name="a.csv", path="a.csv", size=5, form="csv", channel=till, uploaded_at=NOW, uploaded_by=somebody
    )
    model = CandidateModel.objects.create(version=1, parameters={}, people=5, trained_at=NOW)
    CandidateRun.objects.create(kind="search", model=model, started_at=NOW)
    HashRecipe.objects.create(
        name="Tmall", plain_kind_id="phone", hashed_kind_id="phone_hash", algorithm="md5"
    )
    Mapping.objects.create(name="m", type="order", columns={"No": "external_id"})
    IngestRun.objects.create(
        source="/data/pos.jsonl", fingerprint="f", started_at=NOW, verdicts={"accepted": 5}
    )
    TagRun.objects.create(scope="all", tags=["all"], started_at=NOW, ended_at=NOW)
    TrackingKey.objects.create(channel=till, origins=["https://www.example.com"])
    EventCursor.objects.get_or_create(reader="tags")
    AccessRecord.objects.create(action="export", field="report pool", at=NOW)
    ChannelKey.objects.create_key(name="till", channel=till, organization=tree["g"], scopes=["query"])
    Schedule.objects.create(name="heartbeat", func="config.heartbeat.beat", schedule_type="I", minutes=1)
    for number, success in enumerate((True, False)):
        Task.objects.create(
            id=f"{number:032}",
            name="t",
            func="f",
            success=success,
            started=NOW,
            stopped=NOW,
            args=(),
            kwargs={},
        )
    return tree


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser"])
def test_every_role_opens_the_list_and_one_row_of_all_that_it_may_see(client, house, role):
    roles.create()
    superuser = role == "superuser"
    user = factories.staff(organization=house["g"], role="" if superuser else role, superuser=superuser)
    client.force_login(user)
    opened = 0
    for model, page in admin.site._registry.items():
        if not user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = client.get(reverse(f"{name}_changelist"))
        assert listed.status_code == 200, model
        rows = list(listed.context["cl"].result_list)
        if rows and page.list_display_links is not None:
            assert client.get(reverse(f"{name}_change", args=[rows[0].pk]), follow=True).status_code == 200, (
                model
            )
        opened += bool(rows)
        if page.has_add_permission(listed.wsgi_request):
            assert client.get(reverse(f"{name}_add")).status_code == 200, model

    assert opened >= 8


def test_the_house_of_the_test_above_is_full(client, house):
    """Otherwise it would open empty lists."""
    client.force_login(factories.staff(superuser=True))
    empty = {
        model._meta.model_name
        for model in admin.site._registry
        if not client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        .context["cl"]
        .result_list
    }

    assert empty <= {"accessattempt", "accessfailurelog", "accesslog", "ormq", "group", "reviewcase"}
