"""The problems found while one record is cleaned, and whether they stop it."""

from identity.cleaning.rules import Rules
from identity.records import problems


class Faults:
    """Collects problems; `stops` is true once one of them quarantines or rejects the record."""

    __slots__ = ("found", "rules", "stops")

    def __init__(self, rules: Rules, found=()):
        self.rules = rules
        self.found = list(found)
        self.stops = False

    def add(self, code, place, value="", effect=None):
        effect = effect or self.rules.effect(code)
        self.found.append(problems.of(code, place=place, value=value, effect=effect))
        if effect in (problems.QUARANTINE, problems.REJECT):
            self.stops = True
