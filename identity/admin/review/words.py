"""What the review screens call things, and which key does what."""

import dataclasses

from django.utils.translation import gettext_lazy as _

from identity.models import ReviewCase
from members import masking

Decision, Sort = ReviewCase.Decision, ReviewCase.Sort

WHY = {
    "profile": _("names and birth dates differ: perhaps two people behind one identifier"),
    "values": _("one person would have too many different values of a kind"),
    "one_account": _("both have an account at a channel that allows one a person"),
    "members": _("the identifier would join more people than its kind may"),
    "contradiction": _("a verdict contradicts newer ones"),
    "probable": _("much agrees, but no identifier links them"),
    "accounts": _("more accounts carry it than its kind allows"),
    "distinct": _("its carriers show too many people: unionids, telephones or names"),
    "tier": _("the channels state different tiers"),
    "points": _("the channels state different points"),
    "tier_and_points": _("the channels state different tiers and points"),
}
QUESTION = {
    Sort.REFUSED: _("An identifier links these two, but a rule keeps them apart. One person?"),
    Sort.CONTRADICTION: _("An older verdict contradicts newer ones. What holds?"),
    Sort.CONFLICT: _("One person, but the channels state different things. What holds?"),
    Sort.SHARED: _("More people carry this identifier than one person can be. Is it shared?"),
    Sort.CANDIDATE: _("Nothing links these two, but much agrees. One person?"),
}
LEVELS = {
    "exact": _("the same"), "sound": _("sounds the same"), "similar": _("very alike"), "alike": _("alike"),
    "one_character": _("one character apart"), "fits": _("fits the masked form"), "one_of_two": _("one word the same"),
    "surname": _("surname the same"), "part": _("a part the same"), "swapped": _("day and month swapped"), "one_digit": _("one digit apart"),
    "same_day": _("same day of the year"), "same_month": _("same month"), "near": _("nearly the same"),
    "local": _("the same before the @"), "building": _("same building"), "postcode": _("same postcode"),
    "city": _("same city"), "province": _("same province"),
    "differs": _("different"), "else": _("different"), "null": _("not known"),
}  # fmt: skip
FIELDS = {
    "prior": _("Any two people"), "name": _("Name"), "gender": _("Sex"), "birth_date": _("Birthday"),
    "number": _("Member number"), "phone": _("Telephone"), "email": _("E-mail"), "address": _("Address"), "city": _("City"),
    "province": _("Province"), "postcode": _("Postcode"), "nickname": _("Nickname"),
}  # fmt: skip
OPEN_FIELDS = frozenset({"gender", "city", "province"})


@dataclasses.dataclass(frozen=True)
class Choice:
    """A decision that a steward can take, its key and what it does."""

    decision: str
    key: str
    label: str
    effect: str
    look: str = ""


CHOICES = {
    Decision.MERGE: Choice(Decision.MERGE, "m", _("Merge"), _("They are one person."), "nf-primary"),
    Decision.NOT_SAME: Choice(
        Decision.NOT_SAME, "n", _("Not same"), _("Two people, for ever: never proposed again.")
    ),
    Decision.SHARED: Choice(
        Decision.SHARED, "s", _("Shared identifier"), _("A family's or a shop's: it links nobody any more.")
    ),
    Decision.NOT_SHARED: Choice(
        Decision.NOT_SHARED, "o", _("One person's own"), _("It links all who carry it, whatever its limits.")
    ),
    Decision.KEEP: Choice(Decision.KEEP, "k", _("Keep as it is"), _("What was done is right."), "nf-primary"),
}
CONFLICT_PARTS = Choice(
    Decision.NOT_SAME, "n", _("Part them"), _("Two people after all: each gets back what was his.")
)
SETTLE = Choice(Decision.KEEP, "k", _("Settle so"), _("Tier and points hold as chosen."), "nf-primary")
MERGE_AFTER_ALL = Choice(Decision.MERGE, "m", _("Merge"), _("They are one person."))
NEWEST_HOLDS = Choice(
    Decision.KEEP, "k", _("The newer ones hold"), _("The older verdict is withdrawn."), "nf-primary"
)


SPECIAL = {
    (Sort.CONFLICT, Decision.NOT_SAME): CONFLICT_PARTS,
    (Sort.CONFLICT, Decision.KEEP): SETTLE,
    (Sort.CONTRADICTION, Decision.KEEP): NEWEST_HOLDS,
    (Sort.CONTRADICTION, Decision.MERGE): MERGE_AFTER_ALL,
}


def choice(*, sort: str, decision: str) -> Choice:
    return SPECIAL.get((sort, decision)) or CHOICES[decision]


def why(case: ReviewCase) -> str:
    return WHY.get(case.reason, case.reason.replace("_", " "))


def field(name: str) -> str:
    return FIELDS.get(name, name.replace("_", " ").capitalize())


def level(name: str) -> str:
    return LEVELS.get(name, name.replace("_", " "))


def model(name: str) -> str:
    """The model that found a candidate; version 0 is the one that a new house begins with."""
    return _("default figures") if name.endswith(" 0") else name


def chance(probability: float | None) -> str:
    """A probability for people: never a round 100 % or 0 % of what is only nearly so."""
    if probability is None:
        return "–"
    text = f"{probability * 100:.1f} %"
    if text == "100.0 %" and probability < 1:
        return "> 99.9 %"
    return "< 0.1 %" if text == "0.0 %" and probability > 0 else text


def masked(*, field: str, value: object) -> str:
    """A value of a compared field as everybody may see it."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return ", ".join(masked(field=field, value=each) for each in value[:3])
    text = str(value)
    if field in OPEN_FIELDS:
        return text
    if field == "birth_date":
        return f"{text[:4]}-**-**"
    if field in ("name", "nickname"):
        return masking.name(text)
    return masking.contact(kind=field, value=text)


def carried(identifier) -> str:
    """The kind and the masked value of an identifier."""
    return f"{identifier.kind.name}: {masking.contact(kind=identifier.kind_id, value=identifier.value)}"
