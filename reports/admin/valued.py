"""What reports on the value of customers show first: the pyramid, 80/20, habits, three ways to grow."""

from django.utils.translation import gettext as _

from reports.admin import charts
from reports.admin.content import figure
from reports.queries.growth import Growth
from reports.queries.habits import Habits
from reports.queries.pareto import Pareto
from reports.queries.pyramid import Pyramid


def pyramid(report: Pyramid) -> dict:
    names = [layer.name for layer in report.layers]
    shares = [_of_all(layer.value, report.value) for layer in report.layers]
    return {
        "figures": [
            figure(
                layer.name,
                f"{layer.people:,}",
                _("%(share)s of value") % {"share": _percent(share and share / 100)},
            )
            for layer, share in zip(report.layers, shares, strict=True)
        ],
        "charts": [
            _bars(_("People by layer"), names, _("People"), [layer.people for layer in report.layers]),
            _bars(_("Share of value, percent"), names, _("Percent"), [share or 0 for share in shares]),
        ],
    }


def pareto(report: Pareto) -> dict:
    verdict = _("under-rewarded") if report.under_rewarded else _("no flag")
    if report.spend_share is None:
        verdict = _("no spending recorded")
    value, spent = report.value_share, report.spend_share
    return {
        "figures": [
            figure(_("Head"), f"{report.head.people:,}", _("the best 20 % of buyers")),
            figure(_("Their share of value"), _percent(value)),
            figure(_("Their share of our spending"), _percent(spent), _("discounts and points")),
            figure(_("Are we squeezing them?"), verdict),
        ],
        "charts": [
            _bars(
                _("The head's share, percent"),
                [_("Value"), _("Our spending")],
                _("Percent"),
                [100 * (share or 0) for share in (value, spent)],
            )
        ],
    }


def habits(report: Habits) -> dict:
    return {
        "figures": [
            figure(_("Buyers"), f"{report.buyers:,}"),
            figure(_("With fixed habits"), f"{report.habit:,}"),
            figure(_("Share"), _percent(report.share), _("of all buyers")),
        ]
    }


def growth(report: Growth) -> dict:
    return {
        "figures": [
            figure(_("Users a product"), _number(report.users_per_product), _("%s products") % f"{report.products:,}"),
            figure(_("Products a user"), _number(report.products_per_user), _("%s buyers") % f"{report.users:,}"),
            figure(_("Brought a user"), _number(report.brought_per_user), _("%s people brought") % f"{sum(report.brought):,}"),
        ],
        "charts": [
            _bars(
                _("Products with the most users"),
                [name or sku for sku, name, _users in report.top[:10]],
                _("Users"),
                [users for _sku, _name, users in report.top[:10]],
            )
        ],
    }  # fmt: skip


def _bars(title: str, labels, name: str, values) -> dict:
    return {"title": title, "config": charts.bars(labels, {name: values}, sideways=True)}


def _of_all(part, whole) -> float | None:
    return float(100 * part / whole) if whole else None


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"
