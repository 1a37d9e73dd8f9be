"""The look of the admin, and its sidebar in the order of the nine steps of running a membership."""

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _page(title, icon, name, permission, **more):
    """A line of the sidebar; those who lack the permission do not see it."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}"),
        "permission": lambda request: request.user.has_perm(permission),
        **more,
    }


def _list(title, icon, model, **more):
    """A model's list, for those who may view it."""
    app, name = model.split(".")
    return _page(title, icon, f"{app}_{name}_changelist", f"{app}.view_{name}", **more)


def _step(title, *items):
    return {"title": title, "collapsible": True, "items": list(items)}


STEPS = [
    _step(
        _("1 · Build the pool"),
        _page(_("The pool"), "water_drop", "report_pool", "members.view_reports"),
        _page(_("Data map"), "map", "report_datamap", "members.view_reports"),
        _page(_("From public to private"), "move_up", "report_conversions", "members.view_reports"),
        _list(_("Touchpoints"), "share_location", "identity.touchpoint"),
        _list(_("Gap plans"), "conversion_path", "identity.gapplan"),
        _list(_("Organizations"), "account_tree", "members.organization"),
        _list(_("Accounts"), "badge", "members.account"),
    ),
    _step(
        _("2 · Gather traffic"),
        _list(_("Channels"), "hub", "members.channel"),
        _list(_("Imports"), "upload_file", "identity.fileimport"),
        _list(_("Intake runs"), "input", "identity.ingestrun"),
        _list(_("Quarantine"), "gpp_maybe", "identity.quarantineitem", waiting="quarantine"),
        _page(_("Waiting records"), "hourglass_top", "identity_waiting", "identity.view_intakerecord"),
        _list(_("File mappings"), "table_convert", "identity.mapping"),
        _list(_("Cleaning rules"), "cleaning_services", "identity.cleaningrule"),
        _list(_("Event definitions"), "schema", "identity.eventschema"),
        _page(_("Coverage"), "radar", "identity_coverage", "identity.view_eventschema"),
        _list(_("Tracking keys"), "ads_click", "identity.trackingkey"),
    ),
    _step(
        _("3 · Know the customer"),
        _list(_("Members"), "groups", "members.member"),
        _list(_("Orders"), "receipt_long", "members.order"),
        _list(_("Returns"), "assignment_return", "members.return"),
        _list(_("Reviews"), "reviews", "members.review"),
        _list(_("Events"), "timeline", "members.event"),
        _page(_("Service desk"), "support_agent", "service_desk", "members.add_ticket"),
        _list(_("Tickets"), "build", "members.ticket"),
        _list(_("Review cases"), "rule", "identity.reviewcase"),
        _list(_("Candidate runs"), "person_search", "identity.candidaterun"),
        _list(_("Identifier kinds"), "fingerprint", "identity.identifierkind"),
        _list(_("Verdicts"), "gavel", "identity.verdict"),
        _list(_("Trials of rules"), "experiment", "identity.trial"),
        _list(_("Hash recipes"), "password", "identity.hashrecipe"),
    ),
    _step(
        _("4 · Keep loyalty"),
        _list(_("Memberships"), "loyalty", "members.membership"),
        _list(_("Programmes"), "workspace_premium", "members.programme"),
        _list(_("Plans"), "event_repeat", "members.plan"),
        _list(_("Tier log"), "military_tech", "members.tiergrant"),
        _list(_("Opening rules"), "input_circle", "members.openingrule"),
        _list(_("Rights"), "verified", "members.right"),
        _list(_("Rules of rights"), "rule_settings", "members.rightrule"),
        _list(_("Rights granted"), "how_to_reg", "members.rightgrant"),
        _list(_("Goods sets"), "category", "members.goodsset"),
        _list(_("Books"), "menu_book", "members.book"),
        _list(_("Stored-value cards"), "credit_card", "members.purse"),
        _list(_("Gift cards"), "card_giftcard", "members.giftcard"),
        _list(_("Wallets"), "account_balance_wallet", "members.wallet"),
        _list(_("Postings"), "swap_vert", "members.posting"),
        _list(_("Holds"), "front_hand", "members.hold"),
        _list(_("Adjustments"), "balance", "members.adjustment", waiting="adjustments"),
    ),
    _step(
        _("5 · Connect touchpoints"),
        _list(_("Consents"), "handshake", "members.consent"),
        _list(_("Promise texts"), "contract", "members.promisetext"),
        _list(_("Benefits granted"), "redeem", "members.benefitgrant"),
        _list(_("Sandbox outbox"), "outbox", "campaigns.outboxmessage"),
        _list(_("API keys"), "key", "members.channelkey"),
    ),
    _step(
        _("6 · Form groups"),
        _page(_("Tree of tags"), "account_tree", "tags_tag_tree", "tags.view_tag"),
        _list(_("Tags"), "sell", "tags.tag"),
        _list(_("Tag categories"), "category", "tags.category"),
        _list(_("Audiences"), "group_work", "tags.audience"),
        _list(_("Exports of audiences"), "outgoing_mail", "campaigns.audienceexport"),
        _list(_("Given tags"), "new_label", "members.labelstatement"),
        _page(_("Group portrait"), "donut_small", "report_portrait", "members.view_reports"),
    ),
    _step(
        _("7 · Create campaigns"),
        _list(_("Activities"), "local_offer", "campaigns.activity"),
        _list(_("Tried on past orders"), "query_stats", "campaigns.simulation"),
        _list(_("Coupon templates"), "confirmation_number", "campaigns.coupontemplate"),
        _list(_("Coupons"), "local_activity", "campaigns.coupon"),
        _list(_("Coupons told by channels"), "fact_check", "campaigns.toldcoupon"),
        _list(_("Budgets"), "savings", "campaigns.budget"),
        _list(_("Cart watches"), "shopping_cart", "campaigns.cartwatch"),
        _list(_("Campaigns"), "campaign", "campaigns.campaign"),
        _list(_("Entries"), "login", "campaigns.campaignentry"),
        _list(_("Decisions"), "checklist", "campaigns.decision"),
    ),
    _step(
        _("8 · Run by itself"),
        _page(_("Jobs"), "schedule", "jobs", "django_q.view_schedule", waiting="failures"),
        _list(_("Tag runs"), "history", "tags.tagrun"),
        _list(_("Failed tasks"), "error", "django_q.failure"),
        _list(_("Event readers"), "auto_stories", "members.eventcursor"),
    ),
    _step(
        _("9 · Monitor everything"),
        _page(_("Till activity"), "point_of_sale", "till_activity", "campaigns.view_tillorder"),
        _list(_("Sales at tills"), "receipt", "campaigns.tillorder"),
        _list(_("Uploads of tills"), "cloud_upload", "campaigns.uploadeditem"),
        _page(_("Membership health"), "monitor_heart", "report_health", "members.view_reports"),
        _page(_("RFM classes"), "bubble_chart", "report_rfm", "members.view_reports"),
        _page(_("Value pyramid"), "change_history", "report_pyramid", "members.view_reports"),
        _page(_("80/20 and spending"), "pie_chart", "report_pareto", "members.view_reports"),
        _page(_("Fixed habits"), "event_repeat", "report_habits", "members.view_reports"),
        _page(_("Groups of alike buyers"), "workspaces", "report_clusters", "members.view_reports"),
        _page(_("Three ways to grow"), "hub", "report_growth", "members.view_reports"),
        _page(_("Fission"), "account_tree", "report_network", "members.view_reports"),
        _page(_("Spreaders"), "campaign", "report_spreaders", "members.view_reports"),
        _page(_("Network value"), "share_reviews", "report_network_value", "members.view_reports"),
        _page(_("Share graph"), "scatter_plot", "report_sharing", "members.view_reports"),
        _page(_("Market baskets"), "shopping_basket", "report_baskets", "members.view_reports"),
        _page(_("Bought and viewed together"), "join_inner", "report_alongside", "members.view_reports"),
        _page(_("Sales"), "payments", "report_sales", "members.view_reports"),
        _page(_("Settlement of offers"), "handshake", "report_settlement", "members.view_reports"),
        _page(_("Liability"), "account_balance", "report_liability", "members.view_reports"),
        _page(_("Campaign effect"), "trending_up", "report_campaigns", "members.view_reports"),
        _page(_("Freshness"), "update", "report_freshness", "members.view_reports"),
        _list(_("Access records"), "policy", "members.accessrecord"),
        _list(_("Erasures"), "person_off", "members.erasure"),
        _list(_("Retention runs"), "auto_delete", "members.retentionrun"),
    ),
    {
        "separator": True,
        "title": _("The house"),
        "collapsible": True,
        "items": [
            _list(_("Staff"), "person", "auth.user"),
            _list(_("Roles"), "shield_person", "auth.group"),
            _list(_("Failed logins"), "lock_person", "axes.accessattempt"),
        ],
    },
]

TEAL = {
    "50": "oklch(98.4% .014 180.7)", "100": "oklch(95.3% .051 180.8)", "200": "oklch(91% .096 180.4)",
    "300": "oklch(85.5% .138 181.1)", "400": "oklch(77.7% .152 181.9)", "500": "oklch(70.4% .14 182.5)",
    "600": "oklch(54% .104 184.7)", "700": "oklch(47% .09 186.4)", "800": "oklch(43.7% .078 188.2)",
    "900": "oklch(38.6% .063 188.4)", "950": "oklch(27.7% .046 192.5)",
}  # fmt: skip

UNFOLD = {
    "SITE_TITLE": "Ninefold",
    "SITE_HEADER": "Ninefold",
    "SITE_SUBHEADER": _("membership back office"),
    "SITE_SYMBOL": "deployed_code",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("ninefold/icon.svg")}
    ],
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "config.admin.dashboard.fill",
    "STYLES": [lambda request: static("ninefold/admin.css")],
    "SCRIPTS": [lambda request: static("ninefold/charts.js")],
    "COLORS": {"primary": TEAL},
    "LOGIN": {"image": lambda request: static("ninefold/login.svg")},
    "SIDEBAR": {"show_search": False, "show_all_applications": False},
}
