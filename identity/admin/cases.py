import json

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from identity.models import ReviewCase
from members import masking
from members.admin.base import ReadOnlyAdmin
from members.admin.member import link
from members.models import Account

WHY = {
    "profile": _("names and birth dates differ: perhaps two people behind one identifier"),
    "values": _("one person would have too many different values of a kind"),
    "one_account": _("both have an account at a channel that allows one a person"),
    "members": _("the identifier would join more people than its kind may"),
    "contradiction": _("a verdict contradicts newer ones"),
}


@admin.register(ReviewCase)
class ReviewCaseAdmin(ReadOnlyAdmin):
    """Links that were refused, and why. Deciding them comes with the review queue."""

    list_display = ("sort", "why", "carried", "sizes", "shown_state", "opened_at")
    list_select_related = ("identifier",)
    list_filter = ("sort", "state")
    ordering = ("-id",)
    sortable_by = ()
    fields = (("sort", "state"), "why", "carried", "people", "shown", ("opened_at", "closed_at"))
    readonly_fields = ("why", "carried", "people", "shown")

    def within(self, queryset, *, reach):
        """Cases with an account that is known within reach on either side."""
        if reach.everything or not reach:
            return super().within(queryset, reach=reach)
        return queryset.extra(where=[KNOWN], params=[reach.node.path + "%"])  # noqa: S610

    @display(description=_("state"), label={"open": "warning", "decided": "success", "obsolete": "info"})
    def shown_state(self, case):
        return case.state, case.get_state_display()

    @display(description=_("reason"))
    def why(self, case):
        return WHY.get(case.reason, case.reason)

    @display(description=_("identifier"))
    def carried(self, case):
        if case.identifier is None:
            return "–"
        kind = case.identifier.kind_id
        return f"{kind}: {masking.contact(kind=kind, value=case.identifier.value)}"

    @display(description=_("accounts"))
    def sizes(self, case):
        return f"{len(case.left)} + {len(case.right)}"

    @display(description=_("the people on both sides"))
    def people(self, case):
        accounts = Account.objects.filter(pk__in=[*case.left, *case.right]).select_related(
            "member", "channel"
        )
        rows = (
            (account.channel.name, masking.identifier(account.external_id), link(account.member))
            for account in accounts
        )
        return format_html_join("", "<div>{} {} → {}</div>", rows)

    @display(description=_("evidence"))
    def shown(self, case):
        text = json.dumps(masking.record(case.evidence), ensure_ascii=False, indent=2)
        return format_html('<pre class="nf-code">{}</pre>', text)


KNOWN = """EXISTS (SELECT FROM members_membership known
    JOIN members_organization node ON node.id = known.organization_id
    WHERE node.path LIKE %s AND known.account_id = ANY (identity_reviewcase.left || identity_reviewcase.right))"""
