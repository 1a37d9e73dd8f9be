"""A quote as it is kept: without what follows from its rules, and the digest of that."""

import msgspec
import pytest

from campaigns.offers import keeping, reading
from campaigns.offers.quote import APPLIED, BEATEN, NEAR, REFUSED, Quote, Verdict


def quoted(*verdicts: Verdict) -> Quote:
    return Quote(
        lines=(), gifts=(), exchanges=(), rewards=(), uses=(), total_list=0, discount=0, total=0, gain=0, bound=0,
        proven=True, nodes=1, verdicts=verdicts,
    )  # fmt: skip


def said(state: str, offer: str, **more) -> Verdict:
    return Verdict(offer=offer, state=state, reason="" if state == APPLIED else "place", **more)


STAY = said(APPLIED, "A"), said(BEATEN, "B"), said(NEAR, "C")


def test_only_refused_offers_are_left_out_and_shortened_twice_is_the_same():
    kept = keeping.kept(quoted(said(REFUSED, "R"), *STAY, said(REFUSED, "S")))
    assert kept.verdicts == STAY
    assert len(kept.refused) == 64
    assert keeping.kept(kept) == kept == reading.quote(reading.text(kept))


def test_where_none_is_refused_it_is_kept_as_it_is():
    whole = quoted(*STAY)
    assert keeping.kept(whole) is whole
    assert b"refused" not in reading.text(whole)


@pytest.mark.parametrize(
    "other",
    [
        (said(REFUSED, "S"),),
        (said(REFUSED, "R", params={"organizations": ("s2",)}),),
        (said(REFUSED, "R"), said(REFUSED, "S")),
        (msgspec.structs.replace(said(REFUSED, "R"), reason="channel"),),
    ],
)
def test_any_other_refusal_is_another_digest(other):
    assert keeping.kept(quoted(*other)).refused != keeping.kept(quoted(said(REFUSED, "R"))).refused
