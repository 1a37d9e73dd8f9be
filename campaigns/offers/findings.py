"""A finding as what is wrong and what to do, in the language of whoever reads it."""

from collections.abc import Mapping
from datetime import datetime

from campaigns.offers.basket import Line
from campaigns.offers.checking import Finding
from campaigns.offers.offer import Offer
from campaigns.offers.scales import PIECE
from campaigns.offers.wording import Named, Wording, codes

MONEY = ("list", "total", "cost", "dearest")


def told(
    finding: Finding,
    offers: Mapping[str, Offer],
    *,
    currency: str,
    language: str = "en",
    named: Named = codes,
) -> tuple[str, str]:
    """What is wrong, and the remedy. ``offers``: by code, those that the finding names."""
    words, params = Wording(language, currency, named), finding.params
    fields: dict[str, object] = {name: words.money(params[name]) for name in MONEY if name in params}
    fields |= {name: params[name] for name in ("least", "most") if name in params}
    if "at" in params:
        fields["at"] = words.end(datetime.fromisoformat(params["at"]))
    if "template" in params:
        fields["template"] = words.named("template", params["template"])
    if "by" in params:
        fields["by"] = words.called(params["by"], offers)
    if finding.basket:
        fields["basket"] = words.joined([_line(words, line) for line in finding.basket.lines], "and")
    what, remedy = (words.say(f"{part}.{finding.kind}", **fields) for part in ("finding", "remedy"))
    return words.sentence(what), words.sentence(remedy)


def _line(words: Wording, line: Line) -> str:
    return f"{words.number(line.quantity // PIECE, 0)} × {words.named('sku', line.sku)}"
