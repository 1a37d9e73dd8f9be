"""The words for when a plan holds."""

from django.utils.translation import gettext_lazy as _

from members.models import Plan

HOLIDAYS = [
    ("", "—"),
    ("new_year", _("New Year")),
    ("new_years_eve_lunar", _("Eve of the Spring Festival")),
    ("spring_festival", _("Spring Festival")),
    ("lantern", _("Lantern Festival")),
    ("valentine", _("Valentine's Day")),
    ("womens_day", _("Women's Day")),
    ("qingming", _("Qingming")),
    ("labour_day", _("Labour Day")),
    ("childrens_day", _("Children's Day")),
    ("dragon_boat", _("Dragon Boat Festival")),
    ("shopping_618", _("618 shopping festival")),
    ("qixi", _("Qixi")),
    ("mid_autumn", _("Mid-Autumn Festival")),
    ("national_day", _("National Day")),
    ("double_ninth", _("Double Ninth Festival")),
    ("double_eleven", _("Double Eleven")),
    ("double_twelve", _("Double Twelve")),
    ("winter_solstice", _("Winter Solstice")),
    ("christmas", _("Christmas")),
]

NEEDS = [
    ("phone", _("telephone number")),
    ("email", _("e-mail address")),
    ("name", _("name")),
    ("birth_date", _("date of birth")),
    ("gender", _("gender")),
    ("city", _("city")),
    ("consent", _("consent to be recognised as a member")),
]


def when(plan: Plan) -> str:
    """The days on which it holds between its start and its end."""
    if plan.calendar == Plan.Calendar.SEASON:
        return f"{plan.season_from} – {plan.season_to}"
    if plan.calendar == Plan.Calendar.HOLIDAY:
        around = f" −{plan.days_before} / +{plan.days_after}" if plan.days_before or plan.days_after else ""
        return f"{dict(HOLIDAYS).get(plan.holiday, plan.holiday)}{around}"
    return str(_("every day"))
