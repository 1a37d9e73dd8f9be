"""What a new installation starts with: kinds of identifiers, cleaning rules, events. Repeating it changes nothing."""

import datetime as dt

from identity.cleaning import rules
from identity.events import catalogue
from identity.files import platforms
from identity.matching import policy
from identity.models import CleaningRule, EventSchema, EventSchemaVersion, IdentifierKind, Mapping

NAMES = {
    "national_id": "national ID", "phone": "telephone", "phone_hash": "hash of a telephone", "unionid": "WeChat unionid",
    "card": "card number", "member_number": "member number", "email": "e-mail", "external_userid": "WeCom customer ID",
    "omid": "Tmall buyer of the brand (omid)", "ouid": "Tmall buyer of a shop (ouid)", "xid": "JD buyer (xid)",
    "pin": "JD account (pin)", "yz_open_id": "Youzan customer", "platform_user_id": "platform user ID",
    "weibo_uid": "Weibo user", "ad_click": "advertising click", "push_token": "push token",
}  # fmt: skip


def first() -> None:
    """What every other thing of an installation stands on: kinds, cleaning rules, mappings."""
    kinds()
    cleaning()
    mappings()


def kinds() -> None:
    """Every kind of the default policy that is not there yet; limits that staff changed stay."""
    IdentifierKind.objects.bulk_create(
        [
            IdentifierKind(
                code=kind.code,
                name=NAMES.get(kind.code, kind.code.replace("_", " ")),
                normaliser=rules.NORMALISERS.get(kind.code, "text"),
                scoped=kind.code in rules.SCOPED,
                max_per_channel=kind.max_per_channel,
                validity_days=kind.validity_days,
                strength=kind.strength,
                links=kind.links,
                max_accounts=kind.max_accounts,
                max_members=kind.max_members,
                max_distinct=dict(kind.max_distinct),
                max_per_person=kind.max_per_person,
                agreement=kind.agreement,
            )
            for kind in policy.DEFAULT_KINDS
        ],
        ignore_conflicts=True,
    )


def cleaning() -> None:
    """Every default cleaning rule that is not there yet."""
    CleaningRule.objects.bulk_create(
        [
            CleaningRule(field=field, pattern=pattern, effect=effect, result=result)
            for field, pattern, effect, result in rules.defaults()
        ],
        ignore_conflicts=True,
    )


def mappings() -> None:
    """Every mapping of a platform's export that is not there yet; what staff changed stays as it is."""
    Mapping.objects.bulk_create([Mapping(**each) for each in platforms.MAPPINGS], ignore_conflicts=True)


def events(*, now: dt.datetime) -> None:
    """Every standard event that is not defined yet; what staff changed stays as it is."""
    known = set(EventSchema.objects.values_list("name", flat=True))
    new = [
        EventSchema(changed_at=now, **each) for each in catalogue.definitions() if each["name"] not in known
    ]
    EventSchema.objects.bulk_create(new, ignore_conflicts=True)
    EventSchemaVersion.objects.bulk_create(
        [
            EventSchemaVersion(schema=each, version=1, definition=each.definition(), changed_at=now)
            for each in new
        ],
        ignore_conflicts=True,
    )
