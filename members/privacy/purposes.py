"""What personal data is used for. A field, a trait or a property that names none of these is not collected."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

IDENTIFICATION = "identification"
MARKETING = "marketing"
PROFILING = "profiling"


@dataclass(frozen=True)
class Purpose:
    """``asked``: it rests on the customer's consent, and a withdrawal ends it."""

    code: str
    name: str
    asked: bool = False


PURPOSES = {
    each.code: each
    for each in (
        Purpose("service", _("to serve the customer: orders, delivery, membership")),
        Purpose(IDENTIFICATION, _("to recognise the customer on every channel"), asked=True),
        Purpose(MARKETING, _("to send offers"), asked=True),
        Purpose(PROFILING, _("to describe the customer by tags and levels"), asked=True),
        Purpose("legal", _("to keep what the law asks for: orders, returns, proofs of consent")),
        Purpose("security", _("to know who saw what, and to find misuse")),
        Purpose("operation", _("to run the installation: runs, mistakes, corrections")),
    )
}


class Undeclared(ValueError):
    """Something personal was to be collected without saying what for."""


def checked(code: str) -> Purpose:
    """The purpose of a code. Raises Undeclared, naming those there are."""
    if code not in PURPOSES:
        raise Undeclared(
            f"“{code}” is no purpose. Say what the data is collected for: {', '.join(sorted(PURPOSES))}."
        )
    return PURPOSES[code]
