"""The till itself: what a cashier does, with the line or without it.

With it: each request that writes is written into the journal, with its key, before it is sent. Cut off, or killed, the till
asks of each what became of it before it goes on. Without it: it prices by the rules that it keeps, and writes down what it
sold.
"""

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from campaigns.till import figures, house, telling
from campaigns.till.alone import Alone, Refused
from campaigns.till.bundle import Bundle
from campaigns.till.house import Answer, House, Unreachable
from campaigns.till.journal import Journal, Sent
from campaigns.till.sale import Payment, Sale

BATCH = 100  # items of an upload
WRITTEN_DOWN = "written down"


class InDoubt(Exception):
    """The line was cut while the house was asked: it may have happened or not."""


class Register:
    """``clock``: the till's. ``name`` begins the numbers of its sales."""

    def __init__(
        self, *, house: House, journal: Journal, store: str, currency: str, clock: Callable[[], dt.datetime],
        name: str = "T1", cashier: str = "", language: str = "en",
    ) -> None:  # fmt: skip
        self.house, self.journal, self.store, self.currency = house, journal, store, currency
        self.clock, self.name, self.cashier, self.language = clock, name, cashier, language
        self.alone = Alone(journal=journal, store=store, clock=clock, language=language)
        kept = journal.sale
        self.sale = msgspec.convert(kept, Sale) if kept else self._new()

    # --- with the line ---------------------------------------------------------------------------------------------

    def look_up(self, **wanted: str) -> dict:
        """Who stands there. Raises Refused, Unreachable."""
        return self._good(self.house.ask("POST", "pos/customer", wanted))

    def quote(self, *, explain: bool = False) -> telling.Told:
        """What the sale costs, with the line or without it. Raises Refused, NoNumber."""
        try:
            body = self.sale.basket() | {
                "store": self.store,
                "explain": explain,
                "at": self.clock().isoformat(),
            }
            told = telling.online(self._good(self.house.ask("POST", "pos/quotes", body)))
        except Unreachable:
            told = self.alone.quote(self.sale, explain=explain)
        self.sale.digest, self.sale.total, self.sale.due = told.digest, told.total, self._due(told)
        self.keep()
        return told

    def unsure(self, told: telling.Told) -> list[str]:
        """What a cashier should know of a price that the till gave by itself."""
        if not told.alone:
            return []
        found = [] if told.ruled else ["no rules are kept, or they are over: these are list prices"]
        if self.sale.oneid and not self.alone.knows(self.sale.oneid):
            found.append("the rules do not tell of this member: he pays as a guest, and the sale is his")
        return found

    def hold(self, *, seconds: int) -> dict:
        """Raises Refused, InDoubt, Unreachable."""
        body = {
            "basket": self.sale.basket(),
            "revision": self.sale.revision,
            "seconds": seconds,
            "pays": self._pays(),
        }
        answer = self._write("POST", "hold", body | {"digest": self.sale.digest})
        self._held(answer)
        return answer

    def commit(self) -> dict:
        """Sold: with the line by the house; without it written down. Raises Refused, InDoubt."""
        if self.sale.cut or not self.house.plugged:
            number, total = self.alone.sell(
                self.sale, key=self.key(), cashier=self.cashier, asked=self._asked()
            )
            self.begin()
            return {"state": WRITTEN_DOWN, "number": number, "total": total}
        body: dict[str, Any] = {"payments": [msgspec.to_builtins(each) for each in self.sale.payments]}
        if not self.sale.held_until:
            body |= {"basket": self.sale.basket(), "revision": self.sale.revision, "pays": self._pays()}
            body |= {"digest": self.sale.digest}
        answer = self._write("POST", "commit", body | {"cashier": self.cashier})
        self.begin()
        return answer

    def cancel(self) -> None:
        """Without the line, what the house holds ends by itself. Raises Refused, InDoubt, Unreachable."""
        if self.sale.held_until and self.house.plugged:
            self._write("POST", "cancel", {})
        self.begin()

    def give_back(self, *, order: str, lines: dict[int, str], reason: str) -> dict:
        """Without the line it is written down. Raises Refused, InDoubt, NoNumber."""
        number = f"{order}-R{secrets.token_hex(2)}"
        if not self.house.plugged:
            self.alone.give_back(
                order=order, number=number, lines=lines, reason=reason, key=self.key(), cashier=self.cashier
            )
            return {"state": WRITTEN_DOWN, "number": number}
        told = [{"line": line, "quantity": quantity} for line, quantity in lines.items()]
        body = {"number": number, "lines": told, "reason": reason, "cashier": self.cashier}
        return self._write("POST", "returns", body, order=order)

    def allow(self, *, book: str, amount: str, minutes: int) -> dict:
        """Reserve some of the member's money for the time without a line. Raises Refused, InDoubt."""
        if not self.sale.oneid:
            raise Refused("nobody is looked up: `look phone …` first")
        until = self.clock() + dt.timedelta(minutes=minutes)
        body = {
            "oneid": self.sale.oneid,
            "store": self.store,
            "book": book,
            "amount": amount,
            "until": until.isoformat(),
        }
        return self._send("POST", "pos/allowances", body, "allow")

    def happened(self, key: str) -> dict | None:
        """What was answered under this key; None: nothing happened. Raises Refused, Unreachable."""
        answer = self.house.ask("GET", house.path("pos", "operations", key))
        return None if answer.code == "nothing-happened" else self._good(answer)

    # --- after a crash or a cut --------------------------------------------------------------------------------------

    def recover(self) -> list[tuple[Sent, dict | None]]:
        """Of each request without an answer: what became of it. None: nothing did, and it is the cashier's again.
        Raises Unreachable."""
        found = []
        for sent in list(self.journal.pending.values()):
            answer = self.house.ask("GET", house.path("pos", "operations", sent.key))
            if answer.code == "nothing-happened":
                found.append((sent, None))
            else:
                found.append((sent, self._good(answer)["answer"]))
            self.journal.answered(sent.key, answer.status)
            self._follow(*found[-1])
        return found

    def _follow(self, sent: Sent, answer: dict | None) -> None:
        if sent.about != self.sale.number:
            return
        if answer is None:
            self.sale.cut = False
            self.keep()
        elif answer.get("state") == "held":
            self._held(answer)
        elif answer.get("state") in ("committed", "cancelled"):
            self.begin()

    # --- without the line --------------------------------------------------------------------------------------------

    def fetch(self) -> Bundle:
        """The store's rules, and the keys to check them by, for when the line is cut. Raises Refused, Unreachable, Forged,
        OtherEngine, Over."""
        told = self._good(self.house.ask("GET", "pos/bundle/keys"))
        answer = self._good(self.house.ask("GET", f"pos/bundle?store={house.path(self.store)}"))
        return self.alone.keep(document=answer["document"], keys=told)

    def upload(self) -> list[dict]:
        """What was written down, told to the house; the verdicts. Raises Refused, Unreachable."""
        verdicts = []
        waiting = list(self.journal.waiting.values())
        for place in range(0, len(waiting), BATCH):
            answer = self._good(
                self.house.ask("POST", "pos/uploads", {"items": waiting[place : place + BATCH]})
            )
            for verdict in answer["items"]:
                self.journal.verdict(verdict["key"], verdict["state"])
                verdicts.append(verdict)
        return verdicts

    # --- inside ------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The next customer."""
        self.sale = self._new()
        self.journal.keep_sale(None)

    def keep(self) -> None:
        """What stands in the sale, so that a crash loses nothing."""
        self.journal.keep_sale(msgspec.to_builtins(self.sale))

    def key(self) -> str:
        return f"{self.name}-{secrets.token_hex(8)}"

    def _new(self) -> Sale:
        return Sale(f"{self.name}-{self.clock():%y%m%d}-{secrets.token_hex(3)}", self.currency)

    def _due(self, told: telling.Told) -> str:
        """Besides what books pay. With the line, what points are worth is the house's to say: "" until it is held."""
        if not self.sale.pays:
            return told.total
        if not told.alone:
            return ""
        paid = sum(figures.minor(each.amount, self.sale.currency) for each in self.sale.pays)
        return figures.money(max(figures.minor(told.total, self.sale.currency) - paid, 0), self.sale.currency)

    def _asked(self) -> str:
        """The request to commit the sale that was left without an answer."""
        sent = self.journal.pending.values()
        keys = [each.key for each in sent if each.about == self.sale.number and each.path.endswith("/commit")]
        return keys[-1] if keys else ""

    def _pays(self) -> list[dict]:
        return [msgspec.to_builtins(each) for each in self.sale.pays]

    def _held(self, answer: dict) -> None:
        self.sale.held_until, self.sale.total, self.sale.due = (
            answer["held_until"], answer["total"], answer["due"],
        )  # fmt: skip
        self.keep()

    def _write(self, method: str, verb: str, body: dict, *, order: str = "") -> dict:
        path = house.path("pos", "orders", self.store, order or self.sale.number, verb)
        return self._send(method, path, body, order or self.sale.number)

    def _send(self, method: str, path: str, body: dict, about: str) -> dict:
        """Written down, then sent. Cut off, it is sent once more under its key; then it is in doubt."""
        sent = Sent(self.key(), method, path, {}, about)
        sent = sent._replace(body={**body, "key": sent.key})
        self.keep()
        self.journal.send(sent)
        answer = self._sent(sent)
        self.journal.answered(sent.key, answer.status)
        return self._good(answer)

    def _sent(self, sent: Sent) -> Answer:
        for left in (1, 0):
            try:
                answer = self.house.ask(sent.method, sent.path, sent.body)
            except Unreachable as cut:
                if not self.house.plugged:
                    self.journal.answered(sent.key, 0)  # it was never sent
                    raise
                if not left:
                    self.sale.cut = sent.path.endswith("/commit")
                    self.keep()
                    raise InDoubt(str(cut)) from cut
            else:
                if answer.code != "in-flight" or not left:
                    return answer
        raise AssertionError("unreachable")

    def _good(self, answer: Answer) -> Any:
        if not answer.good:
            raise Refused(answer.said(), answer.code)
        return answer.body


def pay_rest(sale: Sale, method: str) -> Payment:
    """Whatever is still due. Raises Refused, NoNumber."""
    if not sale.due:
        raise Refused("it is not known yet what is due: `quote` first, or `hold` where points or a card pay")
    paid = sum(figures.minor(each.amount, sale.currency) for each in sale.payments)
    rest = figures.minor(sale.due, sale.currency) - paid
    if rest <= 0:
        raise Refused("nothing is due any more: `commit`")
    return Payment(method, figures.money(rest, sale.currency))
