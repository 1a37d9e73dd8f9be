"""Refusals that only these endpoints make, in the form that becomes a problem document."""

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from identity.api.cards import MaskedCard
from identity.queries import lookup
from identity.records.problems import Problem


class NoOwnAccount(exceptions.APIException):
    status_code = 409
    default_code = "no_own_account"
    default_detail = _(
        "Your channel has no account of this member, so it cannot state anything about him. "
        "Send an account record first."
    )


class Several(exceptions.APIException):
    """More than one person: the caller asks which, it is not guessed."""

    status_code = 409
    default_code = "several_members"
    default_detail = _("Several members carry this identifier: ask the customer, then use the OneID.")

    def __init__(self, fault: lookup.Ambiguous):
        super().__init__()
        self.extra = {"candidates": MaskedCard(fault.members, many=True).data}


def listed(problems: list[Problem], *, place: str = "") -> list[dict]:
    return [
        {
            "place": place or problem.place.removeprefix("$."),
            "message": problem.message,
            "remedy": problem.remedy,
        }
        for problem in problems
    ]
