"""What a till does by itself: it prices by the rules that it keeps, and writes down what it sold."""

import datetime as dt
from collections.abc import Callable

import msgspec

from campaigns.offers import pricing as engine
from campaigns.offers import reading
from campaigns.offers.basket import Line
from campaigns.offers.quote import Quote
from campaigns.till import bundle as documents
from campaigns.till import figures, items, pricing, telling
from campaigns.till.bundle import Allowance, Bundle
from campaigns.till.journal import Journal
from campaigns.till.pricing import Rules
from campaigns.till.sale import Sale


class Refused(Exception):
    """The house, or the till, says no: nothing happened."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Alone:
    def __init__(
        self, *, journal: Journal, store: str, clock: Callable[[], dt.datetime], language: str = "en"
    ) -> None:
        self.journal, self.store, self.clock, self.language = journal, store, clock, language
        self._rules: Rules | None = None

    def keep(self, *, document: str, keys: dict) -> Bundle:
        """Checked before it is kept. Raises Forged, OtherEngine, Over."""
        bundle = documents.read(document, keys=documents.keys(keys), now=self.clock())
        self.journal.keep("keys", keys)
        self.journal.keep("document", document)
        self._rules = Rules(bundle)
        return bundle

    def rules(self) -> Rules | None:
        """Those that were kept, checked again; None if there are none, or they are over or were changed."""
        if self._rules is None and "document" in self.journal.kept:
            keys = documents.keys(self.journal.kept["keys"])
            try:
                self._rules = Rules(
                    documents.read(self.journal.kept["document"], keys=keys, now=self.clock())
                )
            except (documents.Forged, documents.Over, documents.OtherEngine):
                return None
        return self._rules if self._rules and self._rules.bundle.good_at(self.clock()) else None

    def quote(self, sale: Sale, *, explain: bool) -> telling.Told:
        """Raises Refused, NoNumber."""
        quote, rules = self._priced(sale)
        offers = rules.at(self.clock()).rules if rules else ()
        return telling.offline(
            quote, {rule.code: rule.offer for rule in offers}, currency=sale.currency, language=self.language,
            explain=explain, digest=pricing.digest(quote), ruled=rules is not None,
        )  # fmt: skip

    def knows(self, oneid: str) -> bool:
        """Whether the rules tell of this member, as he has an allowance."""
        rules = self.rules()
        return rules is not None and any(each.oneid == oneid for each in rules.bundle.allowances)

    def sell(self, sale: Sale, *, key: str, cashier: str, asked: str) -> tuple[str, str]:
        """Written down before the customer leaves; its number and total. ``asked``: the request that was left without an
        answer, if there is one. Raises Refused, NoNumber."""
        quote, rules = self._priced(sale)
        pays, payments = self._pays(sale), self._payments(sale)
        paid = sum(each.amount for each in (*pays, *payments))
        if paid != quote.total:
            given, due = (figures.money(each, sale.currency) for each in (paid, quote.total))
            raise Refused(f"{given} are paid, and {due} are due: `pay cash` pays the rest", "payments-differ")
        sold = items.Sale(
            key=key, store=self.store, order=sale.number, bundle=rules.bundle.id if rules else "", at=self.clock(),
            currency=sale.currency, lines=sale.in_units(), oneid=sale.oneid, regions=frozenset(sale.regions),
            coupons=tuple(self._coupons(sale, rules)), chosen=sale.chosen, quote=pricing.without_reasons(quote),
            digest=pricing.digest(quote), pays=pays, payments=payments, cashier=cashier,
            asked=asked,
        )  # fmt: skip
        self._write_down(sold)
        return sold.order, figures.money(quote.total, sale.currency)

    def give_back(
        self, *, order: str, number: str, lines: dict[int, str], reason: str, key: str, cashier: str
    ) -> None:
        """Raises NoNumber."""
        told = tuple(items.Back(line=line, quantity=figures.milli(count)) for line, count in lines.items())
        self._write_down(
            items.Return(
                key=key, store=self.store, order=order, number=number, at=self.clock(), lines=told, reason=reason,
                cashier=cashier,
            )
        )  # fmt: skip

    def allowance(self, *, oneid: str, book: str) -> Allowance | None:
        """What the member's allowance of this book still gives, less what was sold since."""
        rules = self.rules()
        for each in rules.bundle.allowances if rules else ():
            if (each.oneid, each.book) == (oneid, book) and self.clock() < each.until:
                return msgspec.structs.replace(each, amount=max(each.amount - self._spent(each.key), 0))
        return None

    def _spent(self, allowance: str) -> int:
        pays = [pay for item in self.journal.waiting.values() for pay in item.get("pays", ())]
        return sum(pay["amount"] for pay in pays if pay["allowance"] == allowance)

    def _priced(self, sale: Sale) -> tuple[Quote, Rules | None]:
        if not sale.lines:
            raise Refused("nothing is scanned: `scan SKU PRICE` first")
        try:
            lines = reading.from_builtins(reading.to_builtins(sale.in_units()), tuple[Line, ...])
        except reading.Unreadable as fault:
            raise Refused(str(fault)) from fault
        told = {"lines": lines, "currency": sale.currency, "at": self.clock()}
        rules = self.rules()
        if rules is None:
            return engine.quote(pricing.plain(**told), pricing.NO_RULES), None
        asked = {"oneid": sale.oneid, "regions": sale.regions, "chosen": sale.chosen}
        basket = pricing.basket(rules.bundle, **told, **asked, coupons=self._coupons(sale, rules))
        return engine.quote(basket, rules.at(self.clock())), rules

    def _coupons(self, sale: Sale, rules: Rules | None) -> list[str]:
        """All that the member's allowance names, or those that were shown."""
        if not sale.automatic or rules is None:
            return sale.coupons
        known = [each for each in rules.bundle.allowances if each.oneid == sale.oneid]
        return [coupon.code for coupon in known[0].coupons] if known else []

    def _payments(self, sale: Sale) -> tuple[items.Payment, ...]:
        return tuple(
            items.Payment(method=each.method, amount=figures.minor(each.amount, sale.currency))
            for each in sale.payments
        )

    def _pays(self, sale: Sale) -> tuple[items.Pay, ...]:
        return tuple(
            self._pay(sale, each.book, figures.minor(each.amount, sale.currency)) for each in sale.pays
        )

    def _pay(self, sale: Sale, book: str, amount: int) -> items.Pay:
        found = self.allowance(oneid=sale.oneid, book=book)
        if found is None or amount > found.amount:
            most = figures.money(found.amount, found.currency) if found else "nothing"
            raise Refused(f"without the line, {book} pays {most} here: `allow` reserves some beforehand")
        return items.Pay(allowance=found.key, amount=amount)

    def _write_down(self, item: items.Item) -> None:
        """As the house will read it. Raises Refused."""
        told = msgspec.json.decode(items.text(item))
        try:
            reading.from_builtins(told, items.Item)
        except reading.Unreadable as fault:
            raise Refused(str(fault)) from fault
        self.journal.offline(told)
