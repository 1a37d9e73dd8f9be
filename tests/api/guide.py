"""Conversations written down in a guide: a request, and the answer that the guide promises below it."""

import itertools
import json
import re
from typing import Any, NamedTuple

BLOCK = re.compile(r"^```http\n(.*?)^```", re.DOTALL | re.MULTILINE)
MORE = "…"  # in a text: whatever it is; in a list or as a field: further ones
MADE_UP = {
    "oneid",
    "code",
    "number",
    "id",
    "grant",
}  # the house chooses them: what the guide says stands for what comes
TIMES = re.compile(r".*_at|at|until|as_of|valid_from|.*_until")


class Exchange(NamedTuple):
    method: str
    path: str
    body: dict | None
    status: int
    problem: str
    answer: Any


def read(text: str) -> list[Exchange]:
    """Every exchange of a page, in its order."""
    return [_exchange(pair) for block in BLOCK.findall(text) for pair in block.strip().split("\n\n")]


def _exchange(pair: str) -> Exchange:
    asked, answered = pair.strip().split("\n")
    method, path, *body = asked.split(" ", 2)
    status, rest = int(answered[:3]), answered[3:].strip()
    problem, _space, rest = rest.partition(" ") if status >= 400 else ("", "", rest)
    return Exchange(
        method,
        path,
        json.loads(body[0]) if body else None,
        status,
        problem,
        json.loads(rest) if rest else None,
    )


class Meaning:
    """What the words of the guide stand for in this run."""

    def __init__(self, **known: str):
        self.words: dict[str, str] = {said: real for real, said in known.items()}

    def put(self, text: str) -> str:
        """The longest words first: one may begin with another. A number stands for itself unless it is a whole segment."""
        for said in sorted(self.words, key=len, reverse=True):
            if not said.isdecimal():
                text = text.replace(said, self.words[said])
        return "/".join(self.words.get(each, each) if each.isdecimal() else each for each in text.split("/"))

    def differences(self, said: Any, real: Any, place: str = "") -> list[str]:
        """Where the real answer is not what was said. Learns what the house has chosen."""
        name = place.rpartition(".")[2]
        if said == MORE:
            return []
        if isinstance(said, dict) and isinstance(real, dict):
            return self._of_fields(said, real, place)
        if isinstance(said, list) and isinstance(real, list):
            return self._of_rows(said, real, place)
        if name in MADE_UP and type(said) is type(real) and not isinstance(said, bool):
            return self._learn(said, real, place)
        if TIMES.fullmatch(name) and isinstance(said, str):
            return [] if isinstance(real, str) and "T" in real else [f"{place}: {real!r} is no time"]
        return [] if said == real else [f"{place}: {real!r}, and not {said!r}"]

    def _of_fields(self, said, real, place):
        said, more = {name: each for name, each in said.items() if name != MORE}, MORE in said
        wrong = [] if more or set(said) == set(real) else [f"{place}: fields {sorted(set(said) ^ set(real))}"]
        shared = [name for name in said if name in real]
        missing = [f"{place}.{name}: missing" for name in said if name not in real]
        inner = [self.differences(said[name], real[name], f"{place}.{name}") for name in shared]
        return [*wrong, *missing, *itertools.chain.from_iterable(inner)]

    def _of_rows(self, said, real, place):
        more = said[-1:] == [MORE]
        said = said[:-1] if more else said
        if len(real) < len(said) or (len(real) > len(said) and not more):
            return [f"{place}: {len(real)} rows, and not {len(said)}"]
        inner = [self.differences(one, real[n], f"{place}.{n}") for n, one in enumerate(said)]
        return list(itertools.chain.from_iterable(inner))

    def _learn(self, said, real, place):
        known = self.words.setdefault(str(said), str(real))
        if isinstance(said, int):
            self.words[str(said)] = str(real)
            return []
        return [] if known == real else [f"{place}: {real!r}, and not {known!r}"]
