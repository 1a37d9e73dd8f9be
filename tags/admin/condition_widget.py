"""The builder of conditions: a textarea for the document, and what the script beside it needs to show it as a form."""

import json

from django import forms
from django.template import loader
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget

from tags.conditions import forms as leaves


class ConditionWidget(UnfoldAdminTextareaWidget):
    template_name = "tags/condition_widget.html"
    organization: int | None = None
    audience: int | None = None

    class Media:
        css = {"all": ["ninefold/builder.css"]}
        js = [forms.Script("ninefold/builder/main.js", type="module")]

    def _render(self, template_name, context, renderer=None):
        """By the templates of the house: those of Django's forms are none of them."""
        return mark_safe(loader.render_to_string(template_name, context))  # noqa: S308

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        shown = context["widget"]
        shown["attrs"] |= {"rows": 12, "spellcheck": "false", "style": "font-family: ui-monospace, monospace"}
        shown["builder"] = {
            "count": reverse("admin:tags_audience_count"),
            "pick": reverse("admin:tags_audience_pick"),
            "organization": self.organization,
            "audience": self.audience,
            "leaves": _script(leaves.told()),
            "words": _script(words()),
        }
        return context


def _script(document: object) -> str:
    """JSON that cannot end the element it stands in."""
    return json.dumps(document, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


def words() -> dict[str, str]:
    """What the builder says, in the reader's language."""
    return {
        "all": _("all of these"),
        "any": _("at least one of these"),
        "group": _("Group"),
        "not": _("not"),
        "negate": _("Turn into the opposite"),
        "add": _("Add a condition"),
        "addGroup": _("Add a group"),
        "remove": _("Remove"),
        "up": _("Move up"),
        "down": _("Move down"),
        "narrow": _("Narrow by"),
        "search": _("Search"),
        "nothing": _("Nothing found"),
        "use": _("Use “{text}”"),
        "empty": _("No condition yet: everybody."),
        "everybody": _("Everybody."),
        "yes": _("yes"),
        "no": _("no"),
        "and": _("and"),
        "on": _("on the day"),
        "daysAgo": _("days ago"),
        "ever": _("ever"),
        "days": _("in the last days"),
        "dates": _("from – to"),
        "other": _("as text"),
        "from": _("from"),
        "to": _("to"),
        "member": _("member"),
        "members": _("members"),
        "of": _("of {whole} members here"),
        "reach": _("Reach with consent"),
        "overlap": _("Overlap with"),
        "both": _("{both} in both, of {count}"),
        "sample": _("Some of them"),
        "counting": _("Counting …"),
        "asOf": _("as of {time}"),
        "failed": _("It could not be counted. Try again."),
        "broken": _("This text is not a condition that can be drawn: mend it here."),
        "unit": _("unit"),
        "unitHours": _("hours"),
        "unitDays": _("days of 24 hours"),
        "before": _("days before"),
        "after": _("days after"),
        "event": _("an event"),
        "purchase": _("a purchase"),
        "step": _("Step"),
        "addStep": _("Add a step"),
        "property": _("property"),
        "addProperty": _("Add a property"),
        "compared": _("compared"),
        "value": _("value"),
        "exists": _("any"),
        "list": _("several, separated by commas"),
    }
