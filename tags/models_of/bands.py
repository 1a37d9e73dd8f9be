"""A number falls into one of several bands. The lower bound of a band belongs to it: 100 is in the band from 100."""

import itertools
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from tags.conditions import reading
from tags.conditions.faults import Fault
from tags.conditions.sql import Sql, build


def code_of(number: Sql, bounds: Sequence[Decimal | float | int], codes: Sequence[str]) -> Sql:
    """The code of the band a number is in; ``codes`` are one more than ``bounds``, from the lowest."""
    return build(
        "({codes}::text[])[1 + width_bucket({number}, {bounds}::numeric[])]",
        codes=list(codes),
        number=build("({number})::numeric", number=number),
        bounds=[Decimal(str(bound)) for bound in bounds],
    )


def parse(value: object, place: str, *, count: int, least: Decimal | None = None) -> tuple[Decimal, ...]:
    """So many rising numbers."""
    if not isinstance(value, list) or len(value) != count:
        raise Fault(
            place,
            _("this must be a list of %(count)d bounds") % {"count": count},
            _("Write them from the lowest to the highest, such as %(example)s.")
            % {"example": ", ".join(str(10 * 10**n) for n in range(1, count + 1))},
        )
    bounds = tuple(reading.decimal(each, f"{place}[{number}]") for number, each in enumerate(value))
    for number, (lower, upper) in enumerate(itertools.pairwise(bounds), start=1):
        if lower >= upper:
            raise Fault(
                f"{place}[{number}]",
                _("the bounds do not rise"),
                _("Write them from the lowest to the highest."),
            )
    if least is not None and bounds[0] <= least:
        raise Fault(
            f"{place}[0]",
            _("this bound is out of range"),
            _("Choose one above %(least)s.") % {"least": least},
        )
    return bounds


def told(bounds: Sequence[Decimal | int], codes: Sequence[str], *, unit: str = "") -> dict[str, str]:
    """What each band holds, in words: "below 100", "from 100 to below 1,000", "from 1,000"."""
    after = f" {unit}" if unit else ""
    shown = [f"{bound:,f}{after}" for bound in bounds]
    words = [_("below %(bound)s") % {"bound": shown[0]}]
    words += [
        _("from %(least)s to below %(bound)s") % {"least": least, "bound": bound}
        for least, bound in itertools.pairwise(shown)
    ]
    words.append(_("from %(least)s") % {"least": shown[-1]})
    return dict(zip(codes, words, strict=True))
