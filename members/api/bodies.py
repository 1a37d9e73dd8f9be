"""What a till sends and is answered about value: amounts are texts, so that nobody's JSON rounds them."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers

from members.actions import conversions, holds
from members.actions.postings import Receipt
from members.api import till
from members.api.refusals import Refusal
from members.api.strict import Strict, Text
from members.models import Book
from members.queries import acting, spending

LONGEST_HOLD = dt.timedelta(days=31)
ANSWERS: dict[type[Exception], tuple[int, str]] = {
    conversions.NoRate: (422, "no_rate"),
    holds.HoldEnded: (409, "hold_ended"),
    holds.HoldOver: (410, "hold_over"),
    holds.HoldUnknown: (404, "hold_unknown"),
}


class WrongUnit(ValueError):
    def __init__(self, *, book: Book, unit: str) -> None:
        told = {"book": book.code, "unit": book.unit, "given": unit}
        super().__init__(_("%(book)s counts in %(unit)s, and the amount was given in %(given)s.") % told)


@contextmanager
def answered() -> Iterator[None]:
    """What an action refuses becomes a problem document with a status and a code of its own."""
    try:
        with till.answered():
            yield
    except spending.SpendRefused as refused:
        raise Refusal(
            refused, status=409, code="spend_refused", most=format(refused.most.normalize(), "f")
        ) from refused
    except WrongUnit as refused:
        raise Refusal(refused, status=422, code="wrong_unit") from refused
    except acting.UnknownBook as refused:
        raise exceptions.NotFound(
            _("There is no book “%(code)s” around the organization of this key.") % {"code": refused}
        ) from refused
    except tuple(ANSWERS) as refused:
        status, code = ANSWERS[type(refused)]
        raise Refusal(refused, status=status, code=code) from refused


def amount_of(given: dict, *, book: Book) -> Decimal | None:
    """Raises WrongUnit."""
    unit = given.get("unit")
    if unit is not None and unit != book.unit:
        raise WrongUnit(book=book, unit=unit)
    return given.get("amount")


class Amount(serializers.CharField):
    form = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?", re.ASCII)
    default_error_messages = {
        "invalid": gettext_lazy(
            "An amount is a text of digits without a sign, in the unit of the book: “12.50”."
        ),
    }

    def __init__(self, **given):
        super().__init__(**{"help_text": "In the unit of the book, as text: “12.50”."} | given)

    def to_internal_value(self, data: object) -> Decimal:
        if not isinstance(data, str) or not self.form.fullmatch(data):
            self.fail("invalid")
        return Decimal(data)

    def to_representation(self, value: Decimal) -> str:
        return format(value, "f")


class Currency(serializers.RegexField):
    default_error_messages = {"invalid": gettext_lazy("A currency is three capital letters, such as CNY.")}

    def __init__(self, **given):
        super().__init__("^[A-Z]{3}$", **{"help_text": "Such as CNY."} | given)


class Key(serializers.RegexField):
    default_error_messages = {
        "invalid": gettext_lazy(
            "A key is a text of 1 to 100 letters, digits, points, colons, hyphens and underscores."
        ),
    }

    def __init__(self, **given):
        told = "Yours for this one movement; sent again, the same answer comes."
        super().__init__(r"^[A-Za-z0-9._:-]{1,100}$", help_text=told, **given)

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """An instant, not a time of day somewhere: clocks of tills and of the house stand in different zones."""

    default_error_messages = {
        "invalid": gettext_lazy("A time is a text with its offset: “2026-05-06T10:10:00+08:00”."),
    }
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)", re.ASCII)

    def to_internal_value(self, value: object) -> dt.datetime:
        if not isinstance(value, str) or not self.form.fullmatch(value):
            self.fail("invalid")
        return super().to_internal_value(value)


class AmountSerializer(Strict):
    book = Text(max_length=64, help_text="Code of the book.")
    amount = Amount()
    unit = Text(required=False, max_length=20, help_text="Checked against the book's, if given.")


class MovementSerializer(AmountSerializer):
    key = Key()


class OrderSerializer(Strict):
    amount = Amount(help_text="What the order costs, as text.")
    currency = Currency()


class SpendSerializer(MovementSerializer):
    order = OrderSerializer(
        required=False, help_text="What is paid for: the plan in force says how much of it points may pay."
    )


class ConversionSerializer(MovementSerializer):
    into = Text(max_length=64, help_text="Code of the book that it becomes value of.")
    amount = Amount(required=False, help_text="Left out: all that the account can spend.")


class ReversalSerializer(Strict):
    key = Key()
    amount = Amount(required=False, help_text="Left out: all that is left of it.")
    unit = Text(required=False, max_length=20)


class HoldSerializer(Strict):
    key = Key()
    parts = AmountSerializer(many=True, allow_empty=False, max_length=10)
    until = Moment(help_text="When it is given back by itself, within 31 days: a time with its offset.")

    def validate_until(self, until: dt.datetime) -> dt.datetime:
        """What is held does not expire: nobody keeps it alive by a hold without end."""
        if until > timezone.now() + LONGEST_HOLD:
            raise serializers.ValidationError(_("A hold lasts at most 31 days."))
        return until


class CommitSerializer(Strict):
    parts = AmountSerializer(
        many=True, required=False, max_length=10, help_text="Every book of the hold; left out: all of it."
    )


class ReceiptSerializer(serializers.Serializer):
    verb = serializers.CharField()
    book = serializers.CharField()
    amount = serializers.CharField(help_text="What the customer gained; spent or held: below zero.")
    short = serializers.CharField(help_text="What should have been taken back and could not.")


class ReservationSerializer(serializers.Serializer):
    key = serializers.CharField()
    state = serializers.CharField(help_text="open, committed, cancelled or lapsed.")
    until = serializers.DateTimeField()
    receipts = ReceiptSerializer(many=True, help_text="One a book.")


class ConvertedSerializer(serializers.Serializer):
    out = ReceiptSerializer()
    into = ReceiptSerializer()
    rate = Amount()
    lost = Amount(help_text="What rounding down left over, in the unit of the second book.")


def told(receipt: Receipt) -> dict:
    return ReceiptSerializer(receipt).data
