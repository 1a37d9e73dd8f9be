"""What each role may do. Where it may do it is another matter: the organization node of the person's scope."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction


def _may(verbs: str, app: str, *models: str) -> set[str]:
    return {f"{app}.{verb}_{model}" for verb in verbs.split() for model in models}


PEOPLE = _may(
    "view", "members",
    "member", "account", "membership", "order", "orderline", "orderpayment", "return", "returnline", "review",
    "event", "consent", "promisetext", "benefitgrant", "channel", "organization", "programme", "tier",
    "book", "wallet", "posting", "entry", "lot", "lotuse", "earningrule",
    "hold", "conversion", "adjustment", "plan", "tierrule", "spendrule", "openingrule", "goodsset", "tiergrant",
    "right", "rightrule", "rightgrant", "rightuse", "appliance", "ticket", "purse", "giftcard", "labelstatement",
)  # fmt: skip
TAGS = _may("view", "tags", "tag", "tagvalue", "tagrun", "audience", "category")
OFFERS = (
    "simulation",
    "activity",
    "coupontemplate",
    "coupon",
    "budget",
    "toldcoupon",
    "tillorder",
    "uploadeditem",
)
CAMPAIGNS = _may(
    "view",
    "campaigns",
    "campaign",
    "campaignentry",
    "decision",
    "outboxmessage",
    "cartwatch",
    "cartrun",
    "audienceexport",
    *OFFERS,
)
MAP = ("touchpoint", "touchpointkey", "signal", "gapplan")
INTAKE = _may(
    "view", "identity",
    "ingestrun", "fileimport", "intakerecord", "quarantineitem", "cleaningrule", "mapping", "identifierkind", "reviewcase", "verdict", "trial", *MAP,
    "eventschema", "eventschemaversion", "trackingkey", "candidaterun", "candidatemodel", "hashrecipe",
)  # fmt: skip
JOBS = _may("view", "django_q", "schedule", "success", "failure", "ormq") | {"members.view_eventcursor"}
STAFF = _may("view", "auth", "user", "group") | {"members.view_staffscope"}
REPORTS = {"members.view_reports"}
PERSONAL = {"members.view_personal_data"}
PRIVACY = _may("view", "members", "erasure", "retentionrun")
PLANS = _may("add change delete", "members", "plan", "earningrule", "tierrule", "spendrule") | {
    "members.publish_plan"
}

ROLES: dict[str, set[str]] = {
    "steward": PEOPLE | TAGS | INTAKE | JOBS | REPORTS | PERSONAL
    | _may("add change", "identity", "eventschema")
    | {"members.revoke_account", "members.change_member"}
    | PRIVACY | {"members.add_erasure"} | _may("view", "campaigns", "coupontemplate", "coupon", "toldcoupon")
    | _may("change", "identity", "quarantineitem", "identifierkind", "reviewcase", "ingestrun")
    | _may("add change", "identity", "verdict", "trial") | {"identity.publish_trial"}
    | _may("add change", "identity", "fileimport")
    | _may("add change delete", "identity", "cleaningrule", "mapping"),
    "marketer": PEOPLE | TAGS | CAMPAIGNS | REPORTS
    | _may("add change", "tags", "tag", "tagvalue", "audience")
    | {"tags.export_audience", "tags.delete_tagvalue", "tags.give_tag"}
    | {"tags.approve_tag"} | _may("add change delete", "tags", "category")
    | _may("add change approve run", "campaigns", "campaign") | _may("add stop", "campaigns", "cartwatch")
    | _may("add change approve stop", "campaigns", "activity") | _may("add change", "campaigns", "simulation")
    | _may("add change approve", "campaigns", "coupontemplate") | {"campaigns.make_coupons", "campaigns.withdraw_coupons"}
    | _may("add move", "campaigns", "budget")
    | PLANS | _may("add change", "members", "goodsset", "right", "rightrule")
    | _may("add", "members", "tiergrant", "rightgrant")
    | _may("view add change delete", "identity", *MAP),
    "store manager": PEOPLE | REPORTS | PERSONAL | _may("view", "campaigns", "activity", "coupontemplate", "coupon", "toldcoupon", "tillorder", "uploadeditem")
    | _may("view add change", "campaigns", "simulation")
    | {"campaigns.release_tillorder", "campaigns.withdraw_coupons", "campaigns.settle_uploadeditem"}
    | {"members.add_adjustment", "members.use_rightgrant", "members.pay_out_purse"} | _may("add change", "members", "ticket") | {"members.change_member"},
    "analyst": PEOPLE | TAGS | CAMPAIGNS | INTAKE | REPORTS,
    "auditor": PEOPLE | TAGS | CAMPAIGNS | INTAKE | JOBS | STAFF | REPORTS | PRIVACY
    | {"members.view_accessrecord", "members.view_channelkey", "admin.view_logentry"}
    | _may("view", "axes", "accessattempt", "accessfailurelog", "accesslog"),
    "administrator": PEOPLE | TAGS | CAMPAIGNS | INTAKE | JOBS | STAFF | REPORTS | PRIVACY
    | _may("add approve", "members", "erasure") | {"members.add_promisetext"}
    | {"members.view_accessrecord", "django_q.change_schedule"}
    | _may("add change", "members", "organization", "channel", "channelkey")
    | _may("add change", "identity", "eventschema", "trackingkey", "hashrecipe")
    | {"members.view_channelkey"}
    | _may("add change", "auth", "user")
    | _may("add change delete", "members", "staffscope")
    | _may("change", "identity", "identifierkind", "ingestrun")
    | _may("add change", "identity", "trial") | {"identity.publish_trial"}
    | _may("add change", "members", "programme", "book") | _may("add change delete", "members", "tier")
    | PLANS | _may("add change", "members", "openingrule", "goodsset", "right", "rightrule", "purse", "giftcard")
    | _may("add", "members", "adjustment", "tiergrant", "rightgrant", "rightcode") | {"members.view_rightcode"}
    | {"members.approve_adjustment", "members.use_rightgrant", "members.pay_out_purse"}
    | {"campaigns.release_tillorder", "campaigns.settle_uploadeditem"}
    | _may("add change", "identity", "fileimport")
    | _may("add change delete", "identity", "cleaningrule", "mapping")
    | _may("add change delete", "identity", *MAP)
    | _may("view delete", "axes", "accessattempt")
    | _may("view", "axes", "accessfailurelog", "accesslog"),
}  # fmt: skip


@transaction.atomic
def create() -> dict[str, int]:
    """Make every role's group hold exactly its permissions; role → how many. Running it again changes nothing."""
    known = {
        f"{row.content_type.app_label}.{row.codename}": row
        for row in Permission.objects.select_related("content_type")
    }
    for role, wanted in ROLES.items():
        group, _made = Group.objects.get_or_create(name=role)
        group.permissions.set([known[permission] for permission in sorted(wanted)])
    return {role: len(wanted) for role, wanted in ROLES.items()}
