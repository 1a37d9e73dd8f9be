"""What actions of customers (sign-ins, reviews, …) should have earned and what they have.

What is given once a day or once is given once to a person: to the account that has it already, else to the one that acted
first. It stays with that account, whoever the person is later.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable

from msgspec import Struct

from members.queries import act_postings, actions_told, rulebooks
from members.queries.act_postings import Base, Chain
from members.queries.actions_told import Acted, Told
from members.queries.rulebooks import Rulebook
from members.rules import acts
from members.rules.acts import Act


class Wanted(Struct):
    """``steps`` that a plan gives for what happened; 0: it would multiply, had this action brought anything."""

    steps: int
    plan: int
    by: Acted


class Difference(Struct):
    """``steps`` to give (or, below zero, to take back of the posting ``first``)."""

    base: Base
    steps: int
    times: int
    plan: int
    first: int | None = None
    occurred_at: dt.datetime | None = None
    changed_at: dt.datetime | None = None
    order: tuple[int, str] | None = None

    @property
    def book(self) -> int:
        return self.base.book

    @property
    def account(self) -> int:
        return self.base.account

    @property
    def pair(self) -> tuple[int, int]:
        return self.base.book, self.base.account

    @property
    def share(self) -> int | None:
        return self.first

    @property
    def completed_at(self) -> dt.datetime | None:
        return self.occurred_at

    @property
    def reason(self) -> str:
        """The action's event."""
        return self.base.what.rpartition(":")[0]

    def key(self) -> str:
        return f"{self.base}:{self.times}"


def differences(*, told: Collection[Told], accounts: Collection[int]) -> list[Difference]:
    """What accounts lack for the actions ``told``, and what these ``accounts`` lack or have too much for any action."""
    rulebook = rulebooks.published()
    pers = _pers(rulebook)
    told = [each for each in told if each.name in pers]
    if not pers or not (told or accounts):
        return []
    whole = actions_told.living(accounts=actions_told.mates(accounts=accounts))
    first = _maybe_first(told, pers, rulebook)
    happened = actions_told.of(told=told, whole=whole, pers=pers, first=first)
    touched = actions_told.marks(told)
    wanted = {
        base: each for base, each in derived(happened=happened, rulebook=rulebook).items()
        if base.account in whole or _is_asked(base, each, touched, first)
    }  # fmt: skip
    member_of = actions_told.mates(accounts={base.account for base in wanted}) | whole
    standing = act_postings.standing(wanted=wanted, whole=whole, member_of=member_of)
    final = resolve(wanted=wanted, standing=standing, whole=whole, member_of=member_of)
    return [each for base in sorted(final) for each in _posted(base, final[base], wanted, standing)]


def _is_asked(base: Base, each: Wanted, touched, first) -> bool:
    """Whether all is read that decides about it."""
    if base.per.startswith(acts.ONCE):
        return (base.account, each.by.name) in first
    return not each.by.marks().isdisjoint(touched)


def _pers(rulebook: Rulebook) -> dict[str, set[str]]:
    found = defaultdict(set)
    for event, per in rulebook.actions():
        found[event].add(per)
    return dict(found)


def _maybe_first(told: Collection[Told], pers, rulebook: Rulebook) -> set[tuple[int, str]]:
    """(account, event) where something is given once and was not given yet, or for a later one: only there what happened
    earlier matters."""
    asking = [each for each in told if acts.ONCE in pers[each.name]]
    happened = actions_told.of(told=asking, whole=(), pers={name: set() for name in pers}, first=())
    once = {
        base: each
        for base, each in derived(happened=happened, rulebook=rulebook).items()
        if base.per == acts.ONCE
    }
    given = act_postings.given_at(bases=once)
    return {
        (base.account, each.by.name) for base, each in once.items()
        if (at := given.get(base)) is None or at > each.by.at
    }  # fmt: skip


def derived(*, happened: Iterable[Acted], rulebook: Rulebook) -> dict[Base, Wanted]:
    """What each account earns for what happened, in the order in which it did, were it alone."""
    wanted: dict[Base, Wanted] = {}
    for each in happened:
        ruling = rulebook.acting(path=each.path, at=each.at)
        if ruling is None:
            continue
        programme, long, shorts = ruling
        act = Act(event=each.name, channel=each.code, organizations=rulebook.organizations(each.path))
        for due in acts.due(act, long=long, shorts=shorts):
            plan = 0 if due.plan == long.plan else due.plan
            per = f"{due.per}+" if due.follows else due.per
            base = Base(programme, plan, due.book, per, each.account, f"{each.name}:{each.which(due.per)}")
            if not due.follows or wanted[base.followed].by is each:
                wanted.setdefault(base, Wanted(due.steps, due.plan, each))
    for base, each in list(wanted.items()):
        for programme, plan, book in rulebook.multiplied(each.by.name) if not base.plan else ():
            if (programme, book) == (base.programme, base.book):
                wanted.setdefault(base._replace(plan=plan, per=f"{base.per}+"), Wanted(0, plan, each.by))
    return wanted


def resolve(
    *, wanted: dict[Base, Wanted], standing: dict[Base, Chain], whole: Collection[int], member_of: dict[int, int]
) -> dict[Base, int]:  # fmt: skip
    """{base: steps that it should have}, of those of which that is known: wanted, or of an account read as a whole."""
    final = {base: each.steps for base, each in wanted.items() if not base.is_for_a_person}
    groups = defaultdict(set)
    for base in wanted.keys() | standing.keys():
        if base.is_for_a_person:
            groups[base._replace(account=0), member_of[base.account]].add(base)
        elif base.account in whole:
            final.setdefault(base, 0)
    for group in groups.values():
        final |= _of_person(group, wanted, standing, whole)
    for base in [each for each in final if each.per.endswith("+")]:
        has = standing.get(base.followed)
        if not final.get(base.followed, has.steps if has else 0):
            final[base] = 0
    return final


def _of_person(group: set[Base], wanted, standing, whole) -> dict[Base, int]:
    """One account of a person has it; several, if they were not one person when they got it."""
    final, kept = {}, False
    for base in group:
        has = base in standing and standing[base].steps > 0
        known = base in wanted or base.account in whole
        if has and known:
            final[base] = wanted[base].steps if base in wanted else 0
        kept |= has and (not known or final[base] > 0)
    if not kept and (asking := [base for base in group if base in wanted]):
        first = min(asking, key=lambda base: (wanted[base].by.at, wanted[base].by.id))
        final[first] = wanted[first].steps
    return final


def _posted(base: Base, steps: int, wanted, standing) -> list[Difference]:
    """The movements that lead from what stands to ``steps``; what staff took back already is not taken again."""
    chain = standing.get(base) or Chain()
    lacking = steps - chain.steps
    if lacking > 0:
        each = wanted[base]
        return [Difference(base, lacking, chain.count, each.plan, occurred_at=each.by.at)]
    found = []
    for posting, plan, there in reversed(chain.given):
        if taken := min(there, -lacking):
            found.append(Difference(base, -taken, chain.count + len(found), plan, first=posting))
            lacking += taken
    return found


def given_once(*, happened: Iterable[Acted], rulebook: Rulebook) -> list[tuple[int, int, int]]:
    """(book, account, steps) that these actions earn if nothing was earned for any before."""
    happened = list(happened)
    wanted = derived(happened=happened, rulebook=rulebook)
    member_of = {each.account: each.member for each in happened}
    final = resolve(wanted=wanted, standing={}, whole=(), member_of=member_of)
    return [(base.book, base.account, steps) for base, steps in final.items() if steps]
