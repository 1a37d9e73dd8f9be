"""What becomes of a tag on its page: approved by another, used, retired, deleted; needs that are met, wishes that become real."""

import pytest
from django.urls import reverse
from django.utils import timezone

from config import roles
from tags.actions import uses
from tags.models import SignalDelivery, Tag
from tests import factories
from tests.tags.test_admin_tags import NOW, TWICE, card, form, tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]


def test_who_wrote_a_tag_does_not_approve_it(client, tree, asked):
    roles.create()
    author = factories.staff(organization=tree["g"], role="marketer")
    client.force_login(author)
    client.post(
        reverse("admin:tags_tag_add"),
        form(
            tree["g"], values=[("yes", "Yes", TWICE)], category=factories.category(organization=tree["g"]).pk
        ),
    )
    made = Tag.objects.get(code="worth")
    assert "approve" not in [verb.code for verb in card(client, made).context["verbs"]]
    client.post(reverse("admin:tags_tag_do", args=[made.pk, "approve"]))
    assert not Tag.objects.get(pk=made.pk).active
    client.force_login(factories.staff(organization=tree["g"], role="marketer"))
    client.post(reverse("admin:tags_tag_do", args=[made.pk, "approve"]))
    assert Tag.objects.get(pk=made.pk).active


def test_what_uses_a_tag_stands_on_its_card_and_it_is_not_retired(client, tree, asked):
    made = tag(tree["g"], "repeat", TWICE)
    roles.create()
    summer = {"by": "activity", "key": "summer", "name": "Summer", "organization": tree["b1"].pk}
    uses.record(**summer, tags=["repeat"], now=NOW)
    for code, seen in {"b1": True, "b2": False}.items():
        client.force_login(factories.staff(organization=tree[code], role="marketer"))
        text = card(client, made).content.decode()
        assert ("Summer" in text, "1 use by another organization" in text) == (seen, not seen)
    client.force_login(factories.staff(superuser=True))
    assert "Summer" in card(client, made).content.decode()
    page = client.post(reverse("admin:tags_tag_do", args=[made.pk, "retire"]), follow=True)
    assert "is used by the activity “Summer”" in page.content.decode()
    uses.end(by="activity", key="summer", now=NOW)
    client.post(reverse("admin:tags_tag_do", args=[made.pk, "retire"]), {"reason": "Over."})
    assert Tag.objects.get(pk=made.pk).status == "retired"
    assert "Retired on" in card(client, made).content.decode()


def test_a_draft_is_deleted_by_its_button_and_a_live_tag_by_none(client, tree, asked):
    draft = tag(tree["g"], "draft", TWICE, status="draft", approved_at=None)
    live = tag(tree["g"], "live", TWICE)
    client.force_login(factories.staff(superuser=True))
    page = client.post(reverse("admin:tags_tag_do", args=[live.pk, "delete"]), follow=True)
    assert "retire it, and nobody carries it any more" in page.content.decode()
    assert client.post(reverse("admin:tags_tag_delete", args=[live.pk]), {"post": "yes"}).status_code == 403
    client.post(reverse("admin:tags_tag_do", args=[draft.pk, "delete"]))
    assert list(Tag.objects.all()) == [live]


@pytest.mark.requirement("TAG-034")
def test_the_card_shows_which_channel_delivers_what_the_tag_needs(client, tree):
    app, shop = (factories.channel(organization=tree["g"], code=code) for code in ("app", "shop"))
    made = tag(
        tree["g"], "sharer", {"events": {"name": "share"}}, {"profile": {"field": "gender", "op": "known"}}
    )
    now = timezone.now()
    SignalDelivery.objects.create(channel=app, signal="event.share", facts=7, last_at=now, looked_at=now)
    client.force_login(factories.staff(superuser=True))
    page = card(client, made)
    told = {
        line.signal: [(cell.channel, cell.state) for cell in line.cells] for line in page.context["lines"]
    }
    assert told == {
        "event.share": [(app, "delivered"), (shop, "missing")],
        "profile.gender": [(app, "missing"), (shop, "missing")],
    }
    assert "shop: not delivered" in page.content.decode()


def test_before_the_first_look_nothing_is_said_to_be_missing(client, tree):
    app = factories.channel(organization=tree["g"], code="app")
    made = tag(tree["g"], "sharer", {"events": {"name": "share"}})
    client.force_login(factories.staff(superuser=True))
    page = card(client, made).content.decode()
    assert "not looked up yet" in page
    assert "not delivered" not in page
    now = timezone.now()
    SignalDelivery.objects.create(channel=app, signal="orders", facts=7, last_at=now, looked_at=now)
    assert "app: not delivered" in card(client, made).content.decode()


def test_a_wish_becomes_a_rule_on_screen(client, tree):
    app = factories.channel(organization=tree["g"], code="app")
    client.force_login(factories.staff(superuser=True))
    wish = form(tree["g"], source="ideal", wanted_signals="event.book_designer, event.view_floor_plan")
    client.post(reverse("admin:tags_tag_add"), wish)
    made = Tag.objects.get(code="worth")
    assert made.wanted_signals == ["event.book_designer", "event.view_floor_plan"]
    assert "It still waits for" in card(client, made).content.decode()
    rule = form(source="rule", values=[("yes", "Yes", {"events": {"name": "book_designer"}})])
    address = reverse("admin:tags_tag_edit", args=[made.pk])
    assert "still waits for" in str(client.post(address, rule).context["form"].non_field_errors())
    now = timezone.now()
    for signal in made.wanted_signals:
        SignalDelivery.objects.create(channel=app, signal=signal, facts=1, last_at=now, looked_at=now)
    assert "have all arrived" in card(client, made).content.decode()
    client.post(address, rule)
    made.refresh_from_db()
    assert (made.source, made.status, made.version) == ("rule", "draft", 2)
