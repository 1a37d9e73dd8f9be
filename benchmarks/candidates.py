"""python -m benchmarks.candidates [--people N] [--backend duckdb|spark]: how long the search takes, by step, and its memory.

Generated people in memory, without the database: a tenth of them twice, with another telephone or a typing error.
"""

import argparse
import random
import resource
import time

from identity.candidates import backends, exclusive, people, scoring, settings
from identity.candidates.people import Account

SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭"
GIVEN = "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超秀霞平刚桂英华建国志文宇浩然子轩梓涵欣怡佳琪雨婷思雅博晨嘉俊凯鹏飞玲红梅兰云莉雪琳颖慧巧美清珍"
CITIES = 300


def made(*, count: int, seed: int = 1):
    """Accounts, one a person, sorted by member."""
    chance = random.Random(seed)
    last: dict = {}
    for member in range(1, count + 1):
        told = _person(chance) if member % 10 or member == 1 else _again(last, chance)
        last = told
        yield Account(account=member, member=member, **told)


def _person(chance: random.Random) -> dict:
    name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))
    born = f"{chance.randint(1950, 2008)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    city = f"City {int(chance.paretovariate(0.6)) % CITIES}"
    home = f"Road {chance.randint(1, 4000)}-{chance.randint(1, 30)}-{chance.randint(1, 6)}-{chance.randint(101, 2804)}"
    return {
        "name": name if chance.random() < 0.8 else f"{name[0]}{'*' * (len(name) - 1)}",
        "birth_date": born if chance.random() < 0.4 else None,
        "gender": chance.choice(("male", "female", None)),
        "city": city if chance.random() < 0.7 else None,
        "address": f"{city}路{home}" if chance.random() < 0.4 else None,
        "phones": (_phone(chance),) if chance.random() < 0.8 else (),
        "emails": (f"u{chance.randint(1, 10**8)}@example.com",) if chance.random() < 0.2 else (),
    }


def _phone(chance: random.Random) -> str:
    return f"+861{chance.randint(30, 99)}{chance.randint(0, 99999999):08}"


def _again(told: dict, chance: random.Random) -> dict:
    return told | {"phones": (_phone(chance),), "gender": None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--backend", default=backends.DUCKDB, choices=list(backends.NEEDED))
    parser.add_argument("--memory", default="2GB")
    options = parser.parse_args()
    begun = time.perf_counter()
    table = people.table(made(count=options.people))
    steps = {"one row a person": time.perf_counter() - begun}
    with backends.opened(options.backend, memory=options.memory) as backend:
        begun = time.perf_counter()
        blocked = scoring.block(backend=backend, people=table)
        steps["blocking"] = time.perf_counter() - begun
        begun = time.perf_counter()
        found = scoring.score(backend=backend, parameters=settings.default(), people=table, threshold=0.2)
        steps["scoring"] = time.perf_counter() - begun
    begun = time.perf_counter()
    pairs = list(exclusive.one_to_one(found, alone={}))
    steps["choosing"] = time.perf_counter() - begun
    for step, seconds in steps.items():
        print(f"{step:20} {seconds:8.1f} s")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(table):,} people, {blocked.pairs:,} pairs compared, {len(pairs):,} proposed")
    print(f"{sum(steps.values()):.1f} s, {memory:,.0f} MB")


if __name__ == "__main__":
    main()
