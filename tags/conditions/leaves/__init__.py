"""The leaves of the condition language: a name, and what reads it. A new leaf is one file and one line here.

A leaf's ``parse(value, place, context)`` gives a frozen object with ``sql(setting)``: a SELECT of member ids (one id
may come several times), and ``describe()``. A leaf that is true of members without any fact also has
``complement()``.
"""

from tags.conditions.leaves import (
    audience,
    channel,
    consent,
    events,
    first_order,
    label,
    orders,
    organization,
    profile,
    tag,
)

LEAVES = {
    "profile": profile.parse,
    "orders": orders.parse,
    "first_order": first_order.parse,
    "events": events.parse,
    "tag": tag.parse,
    "organization": organization.parse,
    "channel": channel.parse,
    "audience": audience.parse,
    "consent": consent.parse,
    "label": label.parse,
}
