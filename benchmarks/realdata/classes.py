"""RFM classes as three digits, recency, frequency and monetary value: 1 is better than the mean."""

from datetime import date

from benchmarks import house
from members.models import Account, Organization
from tags.models_of import rfm as models
from tags.queries import rfm


def by_account(*, as_of: str, frequency: str) -> dict[str, str]:
    """{external_id: "101"} of every account, each of which is a person of its own."""
    scores = rfm.scores(
        node=Organization.objects.get(code=house.GROUP),
        as_of=date.fromisoformat(as_of),
        model=models.Rfm(frequency=frequency),
    )
    digits = {code: f"{place:03b}" for place, code in enumerate(models.CODES)}
    names = dict(Account.objects.values_list("member_id", "external_id"))
    return {names[score.member]: digits[score.code] for score in scores}
