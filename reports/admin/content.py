"""What each report shows first: a few figures and one or two charts."""

from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from campaigns.offers import currencies
from reports.admin import charts
from reports.queries.conversions import Conversions
from reports.queries.effect import Effect
from reports.queries.freshness import Freshness
from reports.queries.liability import Liability
from reports.queries.pool import Pool
from reports.queries.rfm import Report as Rfm
from reports.queries.sales import Sales
from reports.queries.settlement import Settlement


def figure(label: str, value: str, hint: str = "") -> dict:
    return {"label": label, "value": value, "hint": hint}


def pool(report: Pool) -> dict:
    total = report.total
    joined = total.joined / total.people if total.people else 0
    each = total.accounts / total.people if total.people else 0
    return {
        "figures": [
            figure(_("People"), f"{total.people:,}"),
            figure(_("Accounts"), f"{total.accounts:,}", _("%.2f a person") % each),
            figure(_("Joined"), f"{total.joined:,}", _("%.1f %% of people") % (100 * joined)),
            figure(
                _("First-party share"),
                f"{100 * report.first_party_share:.1f} %",
                _("known at a channel of our own"),
            ),
        ],
        "charts": [
            {
                "title": _("People by channel"),
                "config": charts.bars(
                    [line.name for line in report.channels],
                    {
                        _("People"): [line.people for line in report.channels],
                        _("Joined"): [line.joined for line in report.channels],
                    },
                    sideways=True,
                ),
            },
            {
                "title": _("New people a week"),
                "config": charts.curve(
                    [date_format(week, "j M") for week, _people in report.weeks],
                    _("New people"),
                    [people for _week, people in report.weeks],
                ),
            },
        ],
    }


def conversions(report: Conversions) -> dict:
    total = report.total
    said = _("%(converted)s of %(people)s converted") % {
        "converted": f"{total.converted:,}", "people": f"{total.people:,}",
    }  # fmt: skip
    return {
        "figures": [
            figure(_("Met in public"), f"{total.people:,}"),
            figure(_("Came over"), f"{total.converted:,}", said),
            figure(_("Share"), "–" if total.share is None else f"{100 * total.share:.1f} %"),
        ],
        "charts": [
            {
                "title": _("People by source"),
                "config": charts.bars(
                    [line.source for line in report.lines],
                    {
                        _("Met in public"): [line.people for line in report.lines],
                        _("Came over"): [line.converted for line in report.lines],
                    },
                    sideways=True,
                ),
            }
        ],
    }


def rfm(report: Rfm) -> dict:
    """``classes``: the most valuable first, with shares of 100 and bars against the largest."""
    labels = [_(one.english) for one in report.classes]
    most = max((one.value for one in report.classes), default=0) or 1
    best = next(one for one in report.classes if one.code == "important_value")
    classes = [
        {
            "name": _(one.english),
            "chinese": one.chinese,
            "buyers": one.buyers,
            "value": one.value,
            "share": 100 * one.value / report.value if report.value else 0,
            "width": float(100 * one.value / most),
        }
        for one in sorted(report.classes, key=lambda one: -one.value)
    ]
    return {
        "classes": classes,
        "figures": [
            figure(_("Buyers"), f"{report.buyers:,}", _("in the last 365 days")),
            figure(_("Value"), f"{report.value:,.0f}", _("net of returns")),
            figure(
                _(best.english),
                f"{best.buyers:,}",
                _("%.0f %% of value") % (100 * float(best.value / report.value) if report.value else 0),
            ),
        ],
        "charts": [
            {
                "title": _("Buyers by class"),
                "config": charts.bars(
                    labels, {_("Buyers"): [one.buyers for one in report.classes]}, sideways=True
                ),
            },
            {
                "title": _("Value by class"),
                "config": charts.bars(
                    labels, {_("Value"): [one.value for one in report.classes]}, sideways=True
                ),
            },
        ],
    }


def effect(report: Effect) -> dict:
    arms = {_("Treated"): report.treated, _("Held out"): report.holdout}
    lift, revenue = report.lift, report.revenue_lift
    return {
        "figures": [
            figure(
                _("Conversion, treated"),
                _share(report.treated.conversion),
                _("%s members") % f"{report.treated.members:,}",
            ),
            figure(
                _("Conversion, held out"),
                _share(report.holdout.conversion),
                _("%s members") % f"{report.holdout.members:,}",
            ),
            figure(
                _("Effect"),
                _("%+.1f points") % (100 * lift.value) if lift else "–",
                _("between %(low)+.1f and %(high)+.1f") % {"low": 100 * lift.low, "high": 100 * lift.high}
                if lift
                else "",
            ),
            figure(
                _("Extra revenue a member"),
                f"{revenue.value:+,.2f}" if revenue else "–",
                _("between %(low)+.2f and %(high)+.2f") % {"low": revenue.low, "high": revenue.high}
                if revenue
                else "",
            ),
        ],
        "charts": [
            {
                "title": _("Members who bought, percent"),
                "config": charts.bars(
                    list(arms),
                    {_("Percent"): [100 * (arm.conversion or 0) for arm in arms.values()]},
                    sideways=True,
                ),
            },
            {
                "title": _("Revenue a member"),
                "config": charts.bars(
                    list(arms),
                    {_("Revenue"): [arm.revenue_per_member or 0 for arm in arms.values()]},
                    sideways=True,
                ),
            },
        ],
    }


def sales(report: Sales) -> dict:
    net, by_channel = {}, {}
    main = max(report.currencies, key=lambda currency: abs(report.net(currency=currency)), default="")
    for line in report.lines:
        if line.currency == main:
            net[line.period] = net.get(line.period, Decimal(0)) + line.net
            by_channel[line.channel_name] = by_channel.get(line.channel_name, Decimal(0)) + line.net
    ranked = sorted(by_channel.items(), key=lambda pair: -pair[1])
    anonymous = sum(line.anonymous for line in report.lines)
    return {
        "figures": [
            figure(_("Orders"), f"{report.orders:,}"),
            *(
                figure(_("Net sales %s") % currency, f"{report.net(currency=currency):,.0f}")
                for currency in report.currencies
                if currency
            ),
            figure(_("Nobody's orders"), f"{anonymous:,}", _("anonymous sales")),
        ],
        "charts": [
            {
                "title": _("Net sales"),
                "config": charts.curve(
                    [date_format(day, "j M Y") for day in net], _("Net sales"), list(net.values())
                ),
            },
            {
                "title": _("Net sales by channel"),
                "config": charts.bars(
                    [name for name, _net in ranked],
                    {_("Net sales"): [value for _name, value in ranked]},
                    sideways=True,
                ),
            },
        ],
    }


def liability(report: Liability) -> dict:
    labels = [date_format(month, "M Y") for month in report.months]
    return {
        "figures": [
            figure(_("Outstanding"), f"{report.money:,.2f}", _("in money, where a book has a worth")),
            *(
                figure(
                    line.book,
                    f"{line.outstanding:,f} {line.unit}",
                    "" if line.breakage is None else _("breakage %.1f %%") % (100 * line.breakage),
                )
                for line in report.lines
            ),
        ],
        "charts": [
            {
                "title": _("%(book)s: expiring by month") % {"book": line.book},
                "config": charts.bars(labels, {line.unit: list(line.expiring)}),
            }
            for line in report.lines
            if any(line.expiring)
        ],
    }


def freshness(report: Freshness) -> dict:
    newest = report.newest_event_at
    return {
        "figures": [
            figure(
                _("Newest event"),
                date_format(timezone.localtime(newest), "j M, H:i") if newest else "–",
                _("%s ago") % timesince(newest, report.as_of) if newest else "",
            ),
            *(
                figure(
                    run.work,
                    run.state,
                    date_format(timezone.localtime(run.started_at), "j M, H:i") if run.started_at else "",
                )
                for run in report.runs
            ),
        ]
    }


def _share(value):
    return "–" if value is None else f"{100 * value:.1f} %"


def settlement(report: Settlement) -> dict:
    figures, drawn = [], []
    for currency in report.currencies:
        owed = report.owed(currency=currency)
        figures += [
            figure(_("Offers cost, %s") % currency, _money(report.net(currency=currency), currency), _("less what came back")),
            figure(
                _("of it paid by others, %s") % currency, _money(sum(owed.values(), Decimal(0)), currency),
                _("than the dealer who gave it"),
            ),
        ]  # fmt: skip
        if owed:
            pairs = sorted(owed.items(), key=lambda each: -each[1])[:10]
            drawn.append(_owed(currency, pairs))
    return {"figures": figures, "charts": drawn}


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.{currencies.digits(currency)}f}"


def _owed(currency: str, pairs) -> dict:
    labels = [(payer.name, f"→ {dealer.name}") for (payer, dealer), _net in pairs]
    bars = charts.bars(labels, {currency: [net for _pair, net in pairs]}, sideways=True)
    return {"title": _("Who pays for whose offers, %s") % currency, "config": bars}
