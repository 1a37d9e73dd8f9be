"""What is derived can be deleted: it comes back, row for row, from the facts alone."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from config import rebuilding
from identity.models import Binding, HashedForm, Identifier, IdentifierKind, ReviewCase
from members.models import (
    Account,
    Appliance,
    BenefitGrant,
    ClosedLink,
    Member,
    MemberFeatures,
    MemberProfile,
    Membership,
    Organization,
)
from tags.models import MemberTags, TagValue
from tests import factories
from tests.identity import company, snapshots
from tests.identity.company import NOW, accept, account, order

pytestmark = pytest.mark.django_db
PHONE = "13800138001"

SNAPSHOTS = {
    "people": "SELECT id, member_id FROM members_account",
    "members": "SELECT id, oneid, retired_at IS NULL FROM members_member",
    "flags": "SELECT kind_id, value, shared FROM identity_identifier",
    "cases": "SELECT sort, key, reason, \"left\", \"right\", state FROM identity_reviewcase",
    "bindings": "SELECT account_id, identifier_id, role, first_at, last_at, orders FROM identity_binding",
    "closed": "SELECT account_id, closed_at FROM members_closedlink",
    "visits": "SELECT account_id, organization_id, known_at, first_visited_at, last_visited_at FROM members_membership",
    "profiles": "SELECT * FROM members_memberprofile",
    "features": "SELECT * FROM members_memberfeatures",
    "appliances": "SELECT serial, sku, account_id, order_key, bought_at, bound_account_id, bound_at FROM members_appliance",
    "tags": "SELECT member_id, values FROM tags_membertags",
}  # fmt: skip


def taken():
    found = {}
    with connection.cursor() as cursor:
        for name, query in SNAPSHOTS.items():
            cursor.execute(query)
            found[name] = sorted(cursor.fetchall(), key=repr)
    return found


@pytest.fixture
def _house():
    company.build()
    tag = factories.tag(
        code="buyer", name="Buyer", source="rule", organization=Organization.objects.get(code="g")
    )
    TagValue.objects.create(
        tag=tag, code="yes", name="Yes",
        condition={"orders": {"aggregate": "count", "op": ">=", "value": 1}},
    )  # fmt: skip
    phone = [{"kind": "phone", "value": "13900139003"}]
    refuse = [{"purpose": "identification", "channel": "*", "granted": False, "at": company.day(4)}]
    accept(account("seed"))
    IdentifierKind.objects.filter(code="device").update(max_accounts=2)
    accept(
        account("a", on=1, phone=PHONE, profile={"name": "王小明", "birth_date": "1984-05-06"}),
        account("b", on=2, phone=PHONE, profile={"city": "Jinan"}),
        account("she", on=2, phone=PHONE, profile={"name": "李佳", "birth_date": "1991-02-03"}),
        account("closed", on=2, phone=PHONE, consents=refuse),
        *[account(f"d{n}", on=n, identifiers=[{"kind": "device", "value": "tablet"}]) for n in range(3)],
        account("holder", on=1, identifiers=phone),
        *[order(f"o{n}", "a", channel="app", on=n + 3, identifiers=phone) for n in range(2)],
        order("store", channel="pos", on=5, identifiers=phone),
        order("fridge", "a", on=6, lines=[{"line": 1, "sku": "F1", "serial": "SN-1", "unit_price": "9.00"}]),
    )  # fmt: skip
    rebuilding.rebuild(now=NOW)


def delete_everything_derived():
    MemberProfile.objects.all().delete()
    MemberFeatures.objects.all().delete()
    MemberTags.objects.all().delete()
    Appliance.objects.all().delete()
    ReviewCase.objects.all().delete()
    ClosedLink.objects.all().delete()
    BenefitGrant.objects.all().delete()
    HashedForm.objects.all().delete()
    Binding.objects.exclude(role="holder").delete()
    Binding.objects.exclude(source=None).delete()
    Membership.objects.filter(known_at=None).delete()
    Membership.objects.update(first_visited_at=None, last_visited_at=None)
    Identifier.objects.update(shared="")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE members_account SET member_id = minted_id")
    Member.objects.update(retired_at=None)


@pytest.mark.requirement("IDN-101")
@pytest.mark.usefixtures("_house")
def test_what_is_derived_is_deleted_and_comes_back():
    stood, facts = taken(), snapshots.take()
    assert all(stood.values()), [name for name, rows in stood.items() if not rows]

    delete_everything_derived()
    assert taken() != stood
    rebuilding.rebuild(now=NOW)

    assert taken() == stood
    again = snapshots.take()
    assert {name: rows for name, rows in again.items() if name != "events"} == {
        name: rows for name, rows in facts.items() if name != "events"
    }


@pytest.mark.requirement("IDN-074")
@pytest.mark.usefixtures("_house")
def test_tables_of_analysis_have_one_row_a_person():
    current = set(Account.objects.values_list("member", flat=True))
    for table in (MemberProfile, MemberFeatures, MemberTags):
        held = list(table.objects.values_list("member", flat=True))
        assert len(held) == len(set(held))
        assert set(held) <= current
    assert set(MemberProfile.objects.values_list("member", flat=True)) == current
    assert MemberProfile.objects.count() < Account.objects.count()


@pytest.mark.usefixtures("_house")
def test_running_again_changes_nothing():
    stood = taken()
    call_command("rebuild_derived")
    after = taken()
    assert {name: after[name] for name in after if name != "features"} == {
        name: stood[name] for name in stood if name != "features"
    }


def test_every_model_that_calls_itself_derived_has_a_step():
    """A new derived table must say how it is rebuilt."""
    told = {table for step in rebuilding.STEPS for table in step.tables}
    derived = {
        model._meta.label_lower
        for model in apps.get_models()
        if (model.__doc__ or "").startswith("Derived") or "\n    Derived from" in (model.__doc__ or "")
    }
    assert derived <= told
    for name in told:
        app, model, *column = name.split(".")
        fields = {field.name for field in apps.get_model(app, model)._meta.get_fields()}
        assert set(column) <= fields


def test_an_unknown_step_is_named():
    with pytest.raises(CommandError, match="There is no step tagz"):
        call_command("rebuild_derived", only=["tagz"])
