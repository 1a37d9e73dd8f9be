from identity.admin import datamap, kinds, member_panels, quarantine, rules, runs  # noqa: F401
from identity.admin.review import listing  # noqa: F401
