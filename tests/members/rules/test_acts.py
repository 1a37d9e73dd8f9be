"""What one action earns under long and short plans."""

from decimal import Decimal

from members.rules import acts
from members.rules.acts import DAY, EACH, ONCE, Act, Due, Rule, Rules

POINTS, MONEY = 1, 2


def act(event="sign_in", channel="app", organizations=("b1",)) -> Act:
    return Act(event=event, channel=channel, organizations=frozenset(organizations))


def rule(fixed=0, *, book=POINTS, scale=0, event="sign_in", **more) -> Rule:
    return Rule(book=book, scale=scale, event=event, fixed=Decimal(str(fixed)), **more)


def long(*rules) -> Rules:
    return Rules(10, rules)


def test_another_action_earns_nothing():
    assert acts.due(act("page_view"), long=long(rule(5))) == []


def test_of_each_book_and_each_per_the_first_rule_that_is_for_it_gives():
    rules = long(
        rule(9, channels=frozenset({"pos"})),
        rule(5),
        rule(7),
        rule(100, per=ONCE),
        rule("0.50", book=MONEY, scale=2, organizations=frozenset({"b1"})),
        rule(3, book=MONEY, per=DAY, organizations=frozenset({"b2"})),
    )
    found = acts.due(act(), long=rules)
    assert found == [Due(10, POINTS, EACH, 5), Due(10, POINTS, ONCE, 100), Due(10, MONEY, EACH, 50)]


def test_a_short_plan_gives_its_own_and_multiplies_what_the_long_one_gives():
    rules = long(rule(5, per=DAY), rule("0.25", book=MONEY, scale=2))
    shorts = [
        Rules(20, (rule(times=Decimal(2)), rule(1, per=ONCE))),
        Rules(
            21, (rule(times=Decimal("1.5"), rounding="half_up"), rule(book=MONEY, scale=2, times=Decimal(3)))
        ),
    ]
    assert acts.due(act(), long=rules, shorts=shorts)[2:] == [
        Due(20, POINTS, ONCE, 1),
        Due(20, POINTS, DAY, 5, follows=True),
        Due(21, POINTS, DAY, 3, follows=True),
        Due(21, MONEY, EACH, 50, follows=True),
    ]


def test_nothing_is_multiplied_where_the_long_plan_gives_nothing():
    shorts = [Rules(20, (rule(times=Decimal(2)),))]
    assert acts.due(act(), long=long(rule(5, event="share")), shorts=shorts) == []
    assert acts.due(act(), long=long(rule("0.4")), shorts=shorts) == []
