import datetime as dt

import pytest
from django.urls import reverse

from members.models import AccessRecord, Channel, ChannelKey, Organization
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def listed(client, model, **query):
    return set(client.get(reverse(f"admin:members_{model}_changelist"), query).context["cl"].queryset)


@pytest.fixture
def admin(client):
    client.force_login(factories.staff(superuser=True))
    return client


@pytest.mark.requirement("IDN-001")
def test_channels_are_filtered_by_class_with_every_third_party_shop_among_them(admin):
    group = factories.organization()
    shops = {
        factories.channel(
            organization=group, code=kind, kind=kind, source_class="ecommerce", first_party=False
        )
        for kind in ("tmall", "jd", "youzan", "douyin_shop", "xiaohongshu")
    }
    factories.channel(organization=group, kind="app")

    assert listed(admin, "channel", source_class__exact="ecommerce") == shops


@pytest.mark.requirement("IDN-002")
def test_own_channels_are_flagged_first_party_and_count_in_the_share(admin):
    group = factories.organization()
    own = [
        factories.channel(organization=group, kind=kind)
        for kind in ("app", "mall", "website", "mini_program")
    ]
    shop = factories.channel(organization=group, kind="tmall", source_class="ecommerce", first_party=False)
    for channel in (*own[:3], shop):
        factories.account(channel=channel)

    assert listed(admin, "channel", first_party__exact="1") == set(own)
    page = admin.get(reverse("admin:report_pool"), {"organization": group.pk, "fresh": 1})
    assert {"label": "First-party share", "value": "75.0 %"}.items() <= page.context["figures"][3].items()


@pytest.mark.requirement("IDN-003")
def test_a_customer_made_by_a_store_is_of_the_class_offline(admin):
    group = factories.organization()
    till = factories.channel(organization=group, kind="pos", source_class="offline")
    made_by_the_store = factories.account(channel=till)
    factories.account(channel=factories.channel(organization=group))

    assert listed(admin, "account", source_class="offline") == {made_by_the_store}


def test_staff_see_channels_of_their_branch_only(client):
    tree = factories.tree()
    above, own, beside = (factories.channel(organization=tree[code]) for code in ("b1", "d1", "d2"))
    client.force_login(factories.staff(organization=tree["d1"], permissions="members.view_channel"))

    assert listed(client, "channel") == {above, own}
    assert beside in Channel.objects.all()


def test_a_key_is_shown_once_when_it_is_made(admin):
    group = factories.organization()
    channel = factories.channel(organization=group)
    form = {"name": "till", "channel": channel.pk, "organization": group.pk, "scopes": ["query", "ingest"]}

    first = admin.post(reverse("admin:members_channelkey_add"), form, follow=True).content.decode()

    made = ChannelKey.objects.get()
    shown = first.split("The key is ")[1].split(". Copy it now")[0]
    assert ChannelKey.objects.get_from_key(shown) == made
    assert made.scopes == ["query", "ingest"]
    again = admin.get(reverse("admin:members_channelkey_change", args=[made.pk])).content.decode()
    assert shown not in again


def test_an_administrator_cannot_take_a_place_above_his_own(client):
    tree = factories.tree()
    client.force_login(
        factories.staff(
            organization=tree["d1"],
            permissions="auth.view_user auth.change_user members.view_staffscope members.change_staffscope",
        )
    )
    colleague = factories.staff(organization=tree["s1"])
    stranger = factories.staff(organization=tree["s3"])
    superuser = factories.staff(superuser=True, organization=tree["s1"])

    shown = client.get(reverse("admin:auth_user_change", args=[colleague.pk])).content.decode()

    assert f'<option value="{tree["s2"].pk}"' in shown
    assert f'<option value="{tree["g"].pk}"' not in shown
    for hidden in (stranger, superuser):
        assert client.get(reverse("admin:auth_user_change", args=[hidden.pk])).status_code == 404


def test_access_records_are_filtered_by_time_and_action(admin, time_machine):
    time_machine.move_to(factories.NOW)
    user = factories.staff()
    old, new, opened = (
        AccessRecord.objects.create(action=action, field="report pool", user=user, at=factories.NOW - age)
        for action, age in (("export", 30 * DAY), ("export", DAY), ("open", DAY))
    )

    assert listed(admin, "accessrecord") == {old, new, opened}
    assert listed(admin, "accessrecord", days="7", act="export") == {new}


def test_an_administrator_of_a_dealer_changes_nothing_above_or_for_everybody(client):
    tree = factories.tree()
    above, own = (factories.channel(organization=tree[code]) for code in ("b1", "d1"))
    verbs = "members.{0}_channel members.{0}_organization identity.{0}_cleaningrule"
    permissions = " ".join(verbs.format(verb) for verb in ("view", "add", "change"))
    client.force_login(factories.staff(organization=tree["d1"], permissions=permissions))

    def answer(model, row=None):
        verb, key = ("change", [row.pk]) if row else ("add", [])
        return client.post(reverse(f"admin:{model}_{verb}", args=key), {}).status_code

    assert answer("members_channel", own) == 200
    assert answer("members_channel", above) == 403
    assert answer("members_organization", tree["s1"]) == 200
    assert answer("members_organization", tree["b1"]) == 403
    assert answer("identity_cleaningrule") == 403
    client.force_login(factories.staff(organization=tree["g"], permissions=permissions))
    assert answer("identity_cleaningrule") == 200


def test_there_is_one_group(admin):
    factories.organization(code="g")
    form = {"code": "g2", "name": "Another", "kind": "group", "parent": ""}

    answer = admin.post(reverse("admin:members_organization_add"), form)

    assert "kind" in answer.context["adminform"].form.errors
    assert Organization.objects.count() == 1


def test_an_organization_is_renamed_and_keeps_its_code(admin):
    brand = factories.organization(kind="brand", parent=factories.organization(), code="harbour")
    page = reverse("admin:members_organization_change", args=[brand.pk])
    assert "code" not in admin.get(page).context["adminform"].form.fields
    answer = admin.post(page, {"name": "Harbour", "code": "other", "kind": "store"})
    brand.refresh_from_db()
    assert (answer.status_code, brand.name, brand.code, brand.kind) == (302, "Harbour", "harbour", "brand")
