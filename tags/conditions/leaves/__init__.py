"""The leaves of the condition language: a name, and what reads it. A new leaf is one file and one line here.

A leaf's ``parse(value, place, context)`` gives a frozen object with ``sql(setting)``: a SELECT of member ids (one id
may come several times), and ``describe()``. A leaf that is true of members without any fact also has
``complement()``.
"""

from tags.conditions.leaves import (
    audience,
    balance,
    channel,
    consent,
    events,
    first_order,
    label,
    lines,
    orders,
    organization,
    profile,
    random,
    reach,
    returns,
    reviews,
    sequence,
    standing,
    tag,
    unfollowed,
)

MODULES = {
    "profile": profile,
    "orders": orders,
    "first_order": first_order,
    "events": events,
    "tag": tag,
    "organization": organization,
    "channel": channel,
    "audience": audience,
    "consent": consent,
    "label": label,
    "lines": lines,
    "returns": returns,
    "reviews": reviews,
    "sequence": sequence,
    "unfollowed": unfollowed,
    "reach": reach,
    "random": random,
    "standing": standing,
    "balance": balance,
}
LEAVES = {name: module.parse for name, module in MODULES.items()}
FORMS = {name: module.FORM for name, module in MODULES.items()}
