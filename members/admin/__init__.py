from members.admin import (  # noqa: F401
    access,
    accounts,
    consents,
    events,
    keys,
    member,
    member_panels,
    orders,
    organizations,
    privacy,
    promises,
    staff,
)
