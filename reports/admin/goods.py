"""What reports on articles show first, and what they let their reader choose."""

import dataclasses
import datetime as dt

from django.http import HttpRequest
from django.utils.translation import gettext as _

from members.models import Organization
from reports.admin import options
from reports.admin.content import figure
from reports.admin.options import Option
from reports.queries.alongside import Alongside
from reports.queries.baskets import SUPPORT, Baskets

SUPPORTS = ("0.001", "0.003", str(SUPPORT), "0.01", "0.03", "0.1")
LONGEST = 100


def baskets(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    """A period, and how common a combination must be."""
    days, wanted = options.period(request, node, now), request.GET.get("support", "")
    chosen = wanted if wanted in SUPPORTS else str(SUPPORT)
    choices = [
        (each, _("in at least %(share)s of baskets") % {"share": f"{float(each):.1%}"}) for each in SUPPORTS
    ]
    support = Option("support", _("Support"), choices, chosen)
    parameters = {"start": days.parameters["start"], "support": float(chosen)}
    return dataclasses.replace(days, parameters=parameters, more=(support,))


def article(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    """What the reader typed: an article's number or part of its name. Without a word, the one sold most often."""
    text = request.GET.get("article", "").replace("\x00", "").strip()[:LONGEST]
    asked = {"text": text, "start": now - dt.timedelta(days=365)}
    return Option("article", _("Article"), [], text, asked)


def rules(report: Baskets) -> dict:
    return {
        "figures": [
            figure(_("Baskets"), f"{report.baskets:,}"),
            figure(_("Articles"), f"{report.articles:,}"),
            figure(_("Rules"), f"{len(report.rules):,}", _("confidence of 25 % and more")),
        ]
    }


def alongside(report: Alongside) -> dict:
    return {"article": report, "matches": report.matches[1:]}
