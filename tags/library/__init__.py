"""The tags that a new installation begins with, as data: one file for each first category. See docs/conditions.md for the
language. A tag of a file is installed when its model is registered; nobody's tags are changed by a newer library.
"""

from tags.library import behaviour, consumption, crowd, marketing, member, network, predicted, transaction
from tags.library.categories import CATEGORIES, SAID
from tags.library.consumption import buyers_of
from tags.library.definition import Definition

DEFINITIONS = (
    *crowd.DEFINITIONS,
    *member.DEFINITIONS,
    *network.DEFINITIONS,
    *behaviour.DEFINITIONS,
    *transaction.DEFINITIONS,
    *predicted.DEFINITIONS,
    *consumption.DEFINITIONS,
    *marketing.DEFINITIONS,
)

__all__ = ["CATEGORIES", "DEFINITIONS", "SAID", "Definition", "buyers_of"]
