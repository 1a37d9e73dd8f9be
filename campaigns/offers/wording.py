"""The smallest parts of sentences in one language: numbers, moments, goods, and what is given."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from campaigns.offers import currencies, forms, languages
from campaigns.offers.offer import Goods, Offer, Recurrence
from campaigns.offers.scales import WHOLE

Named = Callable[[str, str], str]
DAY = timedelta(days=1)


def codes(kind: str, code: str) -> str:
    """What a code is called, if nobody says more. ``kind``: sku, category, brand, set, region, organization, channel, tier, tag,
    audience, template, book, group, pool or offer."""
    return code


class Wording:
    """Words of one language, money of one currency. ``named`` tells what people call a code."""

    def __init__(self, language: str, currency: str, named: Named = codes) -> None:
        self.table, self.named = languages.find(language), named
        self.currency, self.digits = currency, currencies.digits(currency)

    def say(self, key: str, **fields: object) -> str:
        return self.table.WORDS[key].format(**fields)

    def sentence(self, text: str) -> str:
        return text[:1].upper() + text[1:]

    def number(self, units: int, digits: int, *, trimmed: bool = False) -> str:
        """``units`` of 10^-digits: 123450 with 2 digits is 1,234.50; ``trimmed``: without zeros at the end."""
        sign, (whole, rest) = "-" if units < 0 else "", divmod(abs(units), 10**digits)
        text = f"{whole:,}".replace(",", self.table.THOUSANDS)
        decimals = f"{rest:0{digits}}" if digits else ""
        if trimmed:
            decimals = decimals.rstrip("0")
        return sign + text + (self.table.DECIMAL + decimals if decimals else "")

    def money(self, minor: int) -> str:
        return self.number(minor, self.digits)

    def quantity(self, milli: int) -> str:
        return self.number(milli, 3, trimmed=True)

    def share(self, points: int) -> str:
        """Basis points: 1250 is 12.5%."""
        return self.number(points, 2, trimmed=True) + "%"

    def counted(self, what: str, count: str) -> str:
        return self.say(f"{what}.one" if count == "1" else f"{what}.many", count=count)

    def times(self, count: int) -> str:
        return self.counted("times", self.number(count, 0))

    def measured(self, of: str, value: int) -> str:
        """What a threshold counts: money, pieces or kinds."""
        if of == "amount":
            return self.money(value)
        if of == "quantity":
            return self.counted("pieces", self.quantity(value))
        return self.counted("kinds", self.number(value, 0))

    def joined(self, words: Iterable[str], link: str = "or") -> str:
        words = list(words)
        if len(words) < 2:
            return "".join(words)
        first = self.table.WORDS["comma"].join(words[:-1])
        return self.say(link, first=first, last=words[-1])

    def names(self, kind: str, words: Iterable[str], link: str = "or") -> str:
        return self.joined([self.named(kind, word) for word in sorted(words)], link)

    def day(self, at: datetime) -> str:
        return self.say("day", day=at.day, month=self.table.MONTHS[at.month - 1], year=at.year)

    def begin(self, at: datetime) -> str:
        """A day by itself if it is its first moment."""
        return self.day(at) if _is_midnight(at) else self._moment(at)

    def end(self, at: datetime) -> str:
        """The moment before which something ends."""
        return self.say("moment.end", day=self.day(at - DAY)) if _is_midnight(at) else self._moment(at)

    def _moment(self, at: datetime) -> str:
        time = f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
        if at.microsecond:
            time = f"{at:%H:%M:%S}.{at.microsecond:06}"
        return self.say("moment", day=self.day(at), time=time)

    def window(self, starts: datetime | None, ends: datetime | None) -> str:
        """Half-open; whole days are told by the last of them."""
        if starts is None:
            return self.say("window.until", last=self._last(ends)) if ends else ""
        if ends is None:
            return self.say("window.from", first=self.begin(starts))
        if not (_is_midnight(starts) and _is_midnight(ends)):
            return self.say("window", first=self.begin(starts), last=self._last(ends))
        last = ends - DAY
        if last == starts:
            return self.say("window.day", day=self.day(last))
        if (starts.year, starts.month) == (last.year, last.month):
            month = self.table.MONTHS[last.month - 1]
            return self.say("window.month", first=starts.day, last=last.day, month=month, year=last.year)
        return self.say("window", first=self.day(starts), last=self.day(last))

    def _last(self, ends: datetime) -> str:
        return self.day(ends - DAY) if _is_midnight(ends) else self._moment(ends)

    def recurrence(self, recurrence: Recurrence) -> str:
        parts = []
        if recurrence.weekdays:
            days = [self.table.WEEKDAYS[day - 1] for day in sorted(recurrence.weekdays)]
            parts.append(self.say("weekdays", weekdays=self.joined(days, "and")))
        if recurrence.days:
            days = self.joined([str(day) for day in sorted(recurrence.days)], "and")
            parts.append(self.say("month_days", days=days))
        if recurrence.hours:
            hours = [self.say("hours", begin=each[:5], end=each[6:]) for each in recurrence.hours]
            parts.append(self.joined(hours, "and"))
        return self.table.WORDS["comma"].join(parts)

    def goods(self, goods: Goods) -> str:
        """Empty: any."""
        named = self._of(goods, {"sku": "skus", "category": "categories", "set": "sets"})
        if goods.brands:
            brands = self.names("brand", goods.brands)
            named = (
                self.say("goods.of_brands", goods=named, brands=brands)
                if named
                else self.say("goods.brands", brands=brands)
            )
        others = self._of(
            goods, {"sku": "except_skus", "category": "except_categories", "brand": "except_brands"}
        )
        if others:
            named = self.say("goods.except", goods=named or self.say("goods.any"), others=others)
        return named

    def _of(self, goods: Goods, kinds: dict[str, str]) -> str:
        words = [
            self.named(kind, word) for kind, field in kinds.items() for word in sorted(getattr(goods, field))
        ]
        return self.joined(words)

    def called(self, codes: Sequence[str], offers: Mapping[str, Offer]) -> str:
        """Other offers, by their own names where they have one."""
        names = (offers[code].name if code in offers else "" for code in codes)
        return self.joined(
            [name or self.named("offer", code) for code, name in zip(codes, names, strict=True)], "and"
        )

    def effect(self, offer: Offer, times: int = 1) -> str:
        """What so many times of it give."""
        form = offer.form
        return EFFECTS[type(form)](self, offer, form, times)


def _is_midnight(at: datetime) -> bool:
    return (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)


def _cash(words: Wording, offer: Offer, form: forms.Cash, times: int) -> str:
    key = "cash.off" if offer.execution == forms.REDUCE else "cash.given"
    return words.say(key, amount=words.money(form.amount * times))


def _packet(words: Wording, offer: Offer, form: forms.Packet, times: int) -> str:
    key = "packet.one" if times == 1 else "packet.many"
    bounds = {"least": words.money(form.least), "most": words.money(form.most)}
    if form.count and times == 1:
        whole = {"count": words.number(form.count, 0), "total": words.money(form.total)}
        return words.say("packet.divided", **bounds, **whole)
    return words.say(key, count=words.number(times, 0), **bounds)


def _off(words: Wording, share: int) -> str:
    if share == WHOLE:
        return words.say("free")
    tenths = words.number(WHOLE - share, 3, trimmed=True)
    return words.say("percentage", share=words.share(share), tenths=tenths)


def _percentage(words: Wording, offer: Offer, form: forms.Percentage, times: int) -> str:
    return _off(words, form.off)


def _price(words: Wording, offer: Offer, form: forms.Price, times: int) -> str:
    pieces = words.counted("pieces", words.number(form.pieces, 0))
    return words.say("price", pieces=pieces, amount=words.money(form.amount))


def _pieces(words: Wording, offer: Offer, form: forms.Pieces, times: int) -> str:
    counts = {"buy": words.number(form.buy, 0), "cheapest": words.number(form.cheapest, 0)}
    return words.say("pieces", less=_off(words, form.off), **counts)


def _per_piece(words: Wording, offer: Offer, form: forms.PerPiece, times: int) -> str:
    return words.say("per_piece", amount=words.money(form.amount))


def _points(words: Wording, offer: Offer, form: forms.GivenPoints, times: int) -> str:
    amount = words.number(form.amount * times, form.digits)
    return words.say("points", amount=amount, book=words.named("book", form.book))


def _multiplier(words: Wording, offer: Offer, form: forms.Multiplier, times: int) -> str:
    factor = words.number(form.times, 4, trimmed=True)
    return words.say("multiplier", times=factor, book=words.named("book", form.book))


def _voucher(words: Wording, offer: Offer, form: forms.Voucher, times: int) -> str:
    count = words.number(form.count * times, 0)
    return words.say(f"voucher.{form.of}", count=count, template=words.named("template", form.template))


def _article(words: Wording, offer: Offer, form: forms.Article, times: int) -> str:
    key = "article.exchange" if form.price else "article.gift"
    fields = {"quantity": words.quantity(form.quantity * times), "price": words.money(form.price)}
    return words.say(key, skus=words.joined([words.named("sku", sku) for sku in form.skus]), **fields)


EFFECTS: dict[type, Callable[..., str]] = {
    forms.Cash: _cash,
    forms.Packet: _packet,
    forms.Percentage: _percentage,
    forms.Price: _price,
    forms.Pieces: _pieces,
    forms.PerPiece: _per_piece,
    forms.GivenPoints: _points,
    forms.Multiplier: _multiplier,
    forms.Voucher: _voucher,
    forms.Article: _article,
}
