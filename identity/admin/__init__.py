from identity.admin import cases, kinds, member_panels, quarantine, rules, runs  # noqa: F401
