"""A coupon, and a sort of coupons, as the API tells them."""

import datetime as dt
from collections.abc import Collection

from django.utils import translation
from rest_framework import serializers

from campaigns.api.till.quotes import COUPON_REASONS
from campaigns.models import Coupon, CouponTemplate
from campaigns.queries import coupon_words
from campaigns.queries import coupons as read
from campaigns.queries.till import held
from members.models import Member, Organization

SALE, REDEEM = "sale", "redeem"
WAYS = [SALE, REDEEM]


class CouponSerializer(serializers.Serializer):
    code = serializers.CharField()
    template = serializers.CharField(source="template.code")
    name = serializers.CharField(source="template.name")
    kind = serializers.ChoiceField(choices=CouponTemplate.Kind.choices, source="template.kind")
    says = serializers.CharField(help_text="What it is good for, in the language of Accept-Language.")
    state = serializers.ChoiceField(choices=Coupon.State.choices)
    organization = serializers.CharField(
        source="template.organization.code", help_text="Where it can be used: there and below."
    )
    valid_from = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateTimeField(
        allow_null=True, help_text="The first instant at which it is over."
    )
    claimed_at = serializers.DateTimeField(allow_null=True)
    redeemed_at = serializers.DateTimeField(allow_null=True)
    ways = serializers.ListField(
        child=serializers.ChoiceField(choices=WAYS),
        help_text="sale: named by the basket of a sale; redeem: by POST coupons/redeem.",
    )
    usable = serializers.BooleanField(help_text="There and now, by this customer.")
    reason = serializers.ChoiceField(
        choices=sorted(set(COUPON_REASONS) - {"unknown", "service"}), allow_blank=True
    )
    why = serializers.CharField(
        allow_blank=True, help_text="The reason why it is not usable, as words for the customer."
    )


class OfferedSerializer(serializers.Serializer):
    template = serializers.CharField(source="code")
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CouponTemplate.Kind.choices)
    says = serializers.CharField(help_text="What it is good for, in the language of Accept-Language.")
    organization = serializers.CharField(
        source="organization.code", help_text="Where it can be used: there and below."
    )
    claim_until = serializers.DateTimeField(allow_null=True)
    left = serializers.IntegerField(allow_null=True, help_text="So many can be claimed yet; null: no end.")
    per_person = serializers.IntegerField(allow_null=True)
    has = serializers.IntegerField(help_text="So many has the member; 0 if none was named.")
    claimable = serializers.BooleanField(
        help_text="By the member; by somebody who has none, if none was named."
    )


def coupons(
    rows: Collection[Coupon], *, member: Member | None, store: Organization, now: dt.datetime
) -> list[dict]:
    """``rows``: with template, its organization and account. As ``member`` can use them at ``store`` now."""
    told = says({row.template for row in rows})
    found = []
    for row in rows:
        reason = _reason(row, member, store, now)
        row.says, row.ways = told[row.template_id], ways(row.template)
        row.usable, row.reason, row.why = not reason, reason, str(COUPON_REASONS[reason]) if reason else ""
        found.append(row)
    return CouponSerializer(found, many=True).data


def offered(rows: Collection[CouponTemplate]) -> list[dict]:
    told = says(rows)
    for row in rows:
        row.says, row.claimable = told[row.pk], row.per_person is None or row.has < row.per_person
    return OfferedSerializer(rows, many=True).data


def says(templates: Collection[CouponTemplate]) -> dict[int, str]:
    return coupon_words.says(templates=templates, language=translation.get_language() or "en")


def ways(template: CouponTemplate) -> list[str]:
    if template.kind == CouponTemplate.Kind.SERVICE:
        return [REDEEM]
    return WAYS if read.is_handed_over(template=template) else [SALE]


def _reason(row: Coupon, member: Member | None, store: Organization, now: dt.datetime) -> str:
    return held.fault_of(
        state=row.state, begins=row.valid_from, ends=row.valid_until, path=row.template.organization.path,
        owner=row.account.member_id if row.account_id else None, member=member, store=store, now=now,
    )  # fmt: skip
