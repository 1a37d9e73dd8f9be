"""A person with something of his in every table, and a search of every text in the database for him."""

import datetime as dt
import uuid

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from identity.actions import verdicts
from identity.models import OrderContact
from members.actions import access, books, points
from members.models import (
    Account,
    Adjustment,
    Appliance,
    Book,
    Member,
    MemberProfile,
    Programme,
    Right,
    RightGrant,
    Ticket,
    TierGrant,
)
from members.queries import personal
from tags.models import AudienceMember, MemberTags, TagChange, TagValue
from tests import factories
from tests.campaigns import making
from tests.identity import company

NOW = company.NOW
NAME, OTHER_NAME = "Xu Wenjun", "Qian Duoduo"
PHONE, EMAIL, OPENID = "13988776655", "wenjun.xu@example.com", "oWx7HHkqpZ93aaQxu"
APP_ID, SHOP_ID, MEMBER_NUMBER = "app-user-5550123", "tb-wenjun-9917", "VIP-00099117"
ADDRESS, SERIAL, NOTE = "Lane 7, Wukang Road 12", "SN-WENJUN-0001", "call Xu Wenjun back"
WORDS = [NAME, PHONE, EMAIL, OPENID, APP_ID, SHOP_ID, MEMBER_NUMBER, ADDRESS, SERIAL, NOTE, "13988 776655"]

APP = company.account(
    APP_ID, phone=PHONE, on=1,
    identifiers=[{"kind": "email", "value": EMAIL}, {"kind": "openid", "value": OPENID, "namespace": "wx-1"}],
    profile={"name": NAME, "birth_date": "1984-05-06", "address": ADDRESS, "city": "Shanghai"},
    membership={"organization": "b1", "number": MEMBER_NUMBER, "tier": "gold"},
    consents=[{
        "purpose": "marketing", "channel": "sms", "granted": True, "text_version": "v3", "ip": "203.0.113.7",
        "device": f"Phone of {NAME}",
    }],
    tags=["vip", f"friend of {NAME}"],
    secret_field=f"unknown to the contract: {NAME}",
)  # fmt: skip
SHOP = company.account(SHOP_ID, channel="tmall", phone="139-8877-6655", on=2, profile={"name": NAME})
ORDER = company.order(
    "o-his", APP_ID, on=3, amount="250.00",
    receiver={"name": NAME, "phone": PHONE, "address": ADDRESS}, attribution={"gclid": f"click-{APP_ID}"},
)  # fmt: skip
ORDER["lines"][0]["serial"] = SERIAL
TILL = company.order(
    "o-till", channel="pos", on=4,
    identifiers=[{"kind": "phone", "value": "+86 139 8877 6655", "role": "contact"}],
    profile={"name": NAME},
)  # fmt: skip
RETURN = company.returned("r-his", "o-his", on=5, refund="50.00")
REVIEW = company.review("v-his", "o-his", on=6, text=f"Best shop ever, says {NAME}", account=APP_ID)
EVENT = company.event(
    "page_view",
    APP_ID,
    on=7,
    properties={"url": f"/u/{PHONE}", "title": NAME},
    attribution={"utm_source": OPENID},
)
ODD = company.order("o-odd", APP_ID, on=8, organization="nowhere", receiver={"name": NAME, "phone": PHONE})
GIFT = company.order(
    "o-gift", "app-user-other", on=9, receiver={"name": NAME, "phone": "139 8877 6655", "address": ADDRESS}
)
OTHER = company.account("app-user-other", phone="13700001111", on=1, profile={"name": OTHER_NAME})
OTHERS_ORDER = company.order("o-other", "app-user-other", on=2, amount="80.00")
RECORDS = [APP, SHOP, ORDER, TILL, RETURN, REVIEW, EVENT, ODD, GIFT, OTHER, OTHERS_ORDER]


def live() -> Member:
    """Take the records in, and let every room write about the person; his member."""
    nodes = company.build()
    company.accept(*RECORDS)
    app = Account.objects.get(external_id=APP_ID)
    other = Account.objects.get(external_id="app-user-other")
    staff = factories.staff(superuser=True)
    twice = verdicts.same(left=[app.pk], right=[other.pk], by=staff, now=NOW, reason=NOTE)
    verdicts.withdraw(verdict=twice, by=staff, now=NOW)
    app.refresh_from_db()
    member = app.member
    access.unmask(member=member, field="phone", reason=NOTE, by=staff, now=NOW, details={"shown": PHONE})
    access.export(of="report", by=staff, now=NOW, details={"search": PHONE})
    _tagged(member, nodes["g"])
    _sent(member, nodes["g"])
    _earned(app, other, nodes["g"], staff)
    _served(app, other, staff)
    LogEntry.objects.create(
        user=staff, content_type=ContentType.objects.get_for_model(Member), object_id=str(member.pk),
        object_repr=f"{NAME} {member.oneid}", action_flag=CHANGE, change_message=f"phone {PHONE}",
    )  # fmt: skip
    return member


def _tagged(member, node):
    tag = factories.tag(code="vip", name="VIP", source="rule", organization=node)
    value = TagValue.objects.create(tag=tag, code="yes", name="yes")
    MemberTags.objects.update_or_create(member=member, defaults={"values": [value.pk], "computed_at": NOW})
    TagChange.objects.create(member=member, gained=[value.pk], at=NOW)


def _sent(member, node):
    audience = making.audience(organization=node, members=[member])
    campaign = making.approved(organization=node, audience=audience, starts_at=NOW)
    making.run(campaign, now=NOW)
    assert making.outcomes(campaign) == {member.pk: "sent"}
    assert AudienceMember.objects.filter(member=member).exists()


def _earned(account, other, node, staff):
    """With a tier of his own, and one that the other got while both were taken for one person."""
    ours = books.create(organization=node, code="points", name="Points", kind="points", unit="points")
    points.earn(account=account, book=ours, amount=10, key="earn", now=NOW, reason=f"given to {NAME}")
    points.adjust(account=account, book=ours, amount=5, key="adjust", reason=NOTE, by=staff, now=NOW)
    Adjustment.objects.create(
        account=account, book=Book.objects.get(), amount=900, reason=NOTE, asked_by=staff, asked_at=NOW
    )
    club = Programme.objects.create(organization=node, name="House club")
    given = {
        "programme": club,
        "reason": "by_hand",
        "from_at": NOW,
        "recorded_at": NOW,
        "by": staff,
        "note": NOTE,
    }
    TierGrant.objects.create(key="his", account=account, basis=[account.pk], **given)
    TierGrant.objects.create(key="both", account=other, basis=sorted((account.pk, other.pk)), **given)


def _served(account, other, staff):
    """A fridge that he bought, a washer that the other bought and he connected; a right of each sort; a repair."""
    sold = {"organization": account.organization, "channel": account.channel}
    Appliance.objects.create(serial=SERIAL, account=account, bought_at=NOW, order_key="o-his", **sold)
    Appliance.objects.create(
        serial="SN-WASHER", account=other, bought_at=NOW, order_key="o-other", **sold,
        bound_account=account, bound_at=NOW,
    )  # fmt: skip
    Appliance.objects.create(
        serial="SN-OVEN", account=account, bought_at=NOW, order_key="o-his", **sold,
        bound_account=other, bound_at=NOW,
    )  # fmt: skip
    care = Right.objects.create(
        organization=account.organization, code="care", name="Care", kind="service", active_from=NOW
    )
    given = {"right": care, "account": account, "valid_from": NOW, "recorded_at": NOW}
    RightGrant.objects.create(
        source="order", source_key="1", channel=account.channel, order_key="o-his", serial=SERIAL, **given
    )
    RightGrant.objects.create(source="hand", source_key="2", by=staff, reason=NOTE, **given)
    Ticket.objects.create(
        channel=account.channel, external_id="T-1", content=uuid.uuid4(), kind="repair", account=account,
        organization=account.organization, serial=SERIAL, text=f"Call {NAME} at {PHONE}", filed_at=NOW,
    )  # fmt: skip


def words(member: Member) -> list[str]:
    """What must not be found after the erasure: all of the person's words and OneIDs."""
    return [*WORDS, *personal.person(member=member).oneids]


def everywhere(words: list[str]) -> list[str]:
    """Every "table.column: word" of the database in which one of the words stands, however the column is typed."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT DISTINCT w FROM "{table}", unnest(%s::text[]) w WHERE strpos("{column}"::text, w) > 0',
                [words],
            )
            found += [f"{table}.{column}: {word}" for (word,) in cursor.fetchall()]
    return sorted(found)


def profile_of_other() -> MemberProfile:
    return MemberProfile.objects.get(member__accounts__external_id="app-user-other")


def gift_contacts() -> int:
    return OrderContact.objects.filter(order__external_id="o-gift").count()


def later(days: int = 1) -> dt.datetime:
    return NOW + dt.timedelta(days=days)
