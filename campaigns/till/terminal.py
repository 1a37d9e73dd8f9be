"""A cashier at a terminal: words in, words out. `help` lists them."""

import shlex
from collections.abc import Callable, Iterable
from typing import TextIO

from campaigns.till import figures, receipts
from campaigns.till.alone import Refused
from campaigns.till.bundle import Forged, OtherEngine, Over
from campaigns.till.figures import NoNumber
from campaigns.till.house import Unreachable
from campaigns.till.register import InDoubt, Register, pay_rest
from campaigns.till.sale import Pay, Payment, Sale, Scanned

HELP = """\
look phone|code|card VALUE   who stands there            guest                  nobody known
scan SKU PRICE [QTY] [category=… brand=… excluded]       remove LINE            not that one
coupon CODE | auto           shown, or all he has        choose OFFER SKU       an exchange, a gift
region CODE                  where the goods go to       quote [all]            what it costs, and why
hold [MINUTES]               the price stands            pay METHOD [AMOUNT]    cash, card…; the rest
pay with BOOK AMOUNT         points, stored value        commit                 sold
cancel                       not sold                    return SALE LINE=QTY … [reason=CODE]
happened KEY                 did it happen?              status                 the sale at hand
rules                        fetch rules for offline     allow BOOK AMOUNT [MINUTES]  reserve for offline
cable out | in               pull the network cable      upload                 tell what was sold offline
journal                      what waits                  quit"""
FOUND_BY = ("phone", "code", "card")
WRONG = (Refused, NoNumber, Forged, OtherEngine, Over)


class Usage(ValueError):
    """The words cannot be understood: how they go."""


class Terminal:
    def __init__(self, *, register: Register, out: TextIO) -> None:
        self.register, self.out = register, out
        self.verbs: dict[str, Callable[[list[str]], None]] = {
            name.removeprefix("do_"): getattr(self, name) for name in dir(self) if name.startswith("do_")
        }

    def run(self, lines: Iterable[str]) -> None:
        """Until `quit`, or the lines end."""
        self.recover()
        for line in lines:
            if not self.obey(line):
                break

    def obey(self, line: str) -> bool:
        """False: the cashier goes home."""
        try:
            words = shlex.split(line, comments=True)
        except ValueError as fault:
            self.say(f"! that cannot be read ({fault}): close the quotation marks")
            return True
        if not words:
            return True
        if words[0] in ("quit", "exit"):
            return False
        verb = self.verbs.get(words[0])
        if verb is None:
            self.say(f"! “{words[0]}” is not a word of mine: `help` lists them")
            return True
        self._do(verb, words[1:])
        return True

    def say(self, text: str) -> None:
        self.out.write(f"{text}\n")
        self.out.flush()

    def recover(self) -> bool:
        """What became of that which a crash or a cut left without an answer. False: there is no line yet."""
        if not self.register.journal.pending:
            return True
        self.say("Before: some requests were left without an answer. Did they happen?")
        try:
            for sent, answer in self.register.recover():
                done = (
                    f"it happened: {answer.get('state', 'done')}"
                    if answer
                    else "nothing happened: do it again"
                )
                self.say(f"  {sent.about} {sent.path.rpartition('/')[2]} ({sent.key}): {done}")
        except Unreachable as cut:
            self.say(f"! no line to the house ({cut}): they are asked for when it is back")
            return False
        except Refused as refused:
            self.say(f"! {refused}")
        return True

    def _do(self, verb: Callable[[list[str]], None], words: list[str]) -> None:
        try:
            verb(words)
        except Usage as usage:
            self.say(f"! it goes like this: {usage}")
        except InDoubt as cut:
            self.say(f"! the line was cut while the house was asked ({cut}). It may have happened or not:")
            self.say(
                "  `cable in` asks; or `commit` again writes the sale down, and it counts once all the same"
            )
        except Unreachable as cut:
            self.say(f"! no line to the house ({cut}): {cut.remedy}")
        except WRONG as refused:
            self.say(f"! {refused}")

    # --- the customer ------------------------------------------------------------------------------------------------

    def do_help(self, _words: list[str]) -> None:
        self.say(HELP)

    def do_look(self, words: list[str]) -> None:
        if len(words) < 2 or words[0] not in FOUND_BY:
            raise Usage("look phone 13800138000, look code …, look card …")
        sale = self._open()
        found = self.register.look_up(**{words[0]: " ".join(words[1:])})
        sale.oneid = found.get("oneid", "")
        self._changed()
        self.say(receipts.customer(found))

    def do_guest(self, _words: list[str]) -> None:
        sale = self._open()
        sale.oneid, sale.pays = "", []
        self._changed()
        self.say("A guest.")

    # --- the basket --------------------------------------------------------------------------------------------------

    def do_scan(self, words: list[str]) -> None:
        plain = [word for word in words if "=" not in word and word != "excluded"]
        named = dict(word.split("=", 1) for word in words if "=" in word)
        if not 2 <= len(plain) <= 3 or named.keys() - {"category", "brand"}:
            raise Usage("scan SKU PRICE [QUANTITY] [category=… brand=… excluded]")
        sale = self._open()
        number = max((each.line for each in sale.lines), default=0) + 1
        line = Scanned(number, plain[0], plain[2] if len(plain) == 3 else "1", plain[1], **named)
        line.excluded = "excluded" in words
        if not figures.milli(line.quantity):
            raise Refused("the quantity is 0: leave it out; what comes back is a `return`")
        figures.minor(line.unit_price, sale.currency)
        sale.lines.append(line)
        self._changed()
        self.say(f"{number}. {line.sku}  {line.quantity} × {line.unit_price}")

    def do_remove(self, words: list[str]) -> None:
        sale = self._open()
        found = [each for each in sale.lines if words == [str(each.line)]]
        if not found:
            raise Usage(
                f"remove LINE; there are {', '.join(str(each.line) for each in sale.lines) or 'none'}"
            )
        sale.lines.remove(found[0])
        self._changed()
        self.say(f"{found[0].sku} is out.")

    def do_coupon(self, words: list[str]) -> None:
        if len(words) != 1:
            raise Usage("coupon CODE, or coupon auto for all that the customer has")
        sale = self._open()
        sale.automatic = words == ["auto"]
        if not sale.automatic and words[0] not in sale.coupons:
            sale.coupons.append(words[0])
        self._changed()
        self.say("Taken: `quote` tells what it is worth.")

    def do_choose(self, words: list[str]) -> None:
        if len(words) != 2:
            raise Usage("choose OFFER SKU, as `quote` names them")
        self._open().chosen[words[0]] = words[1]
        self._changed()
        self.say("Taken.")

    def do_region(self, words: list[str]) -> None:
        self._open().regions = words
        self._changed()
        self.say(f"Regions: {', '.join(words) or 'none'}.")

    def do_quote(self, words: list[str]) -> None:
        if not self.register.sale.lines:
            raise Refused("nothing is scanned: `scan SKU PRICE` first")
        told = self.register.quote(explain=words == ["all"])
        self.say(receipts.quote(told, self.register.sale))
        for each in self.register.unsure(told):
            self.say(f"! {each}")

    # --- money ---------------------------------------------------------------------------------------------------------

    def do_hold(self, words: list[str]) -> None:
        minutes = figures.milli(words[0]) * 60 // 1000 if words else 900
        answer = self.register.hold(seconds=minutes)
        self.say(f"Held until {answer['held_until']}: {answer['total']}, due {answer['due']}.")

    def do_pay(self, words: list[str]) -> None:
        sale = self.register.sale
        if words[:1] == ["with"]:
            if len(words) != 3:
                raise Usage("pay with BOOK AMOUNT, such as: pay with points 500")
            self._open().pays.append(Pay(words[1], words[2]))
            self._changed()
            self.say(f"{words[2]} of {words[1]}, taken when it is held or sold.")
            return
        if not 1 <= len(words) <= 2:
            raise Usage("pay cash, pay cash 100.00, pay card 50, pay with BOOK AMOUNT")
        payment = Payment(*words) if len(words) == 2 else pay_rest(sale, words[0])
        figures.minor(payment.amount, sale.currency)
        sale.payments.append(payment)
        self.register.keep()
        self.say(f"{payment.method} {payment.amount}")

    def do_commit(self, _words: list[str]) -> None:
        sale = self.register.sale
        if not sale.lines:
            raise Refused("nothing is scanned: `scan SKU PRICE` first")
        try:
            self.say(receipts.sold(self.register.commit()))
        except Refused as refused:
            if refused.code == "payments-differ":
                sale.payments = []
                self.register.keep()
            raise

    def do_cancel(self, _words: list[str]) -> None:
        number = self.register.sale.number
        self.register.cancel()
        self.say(f"{number} is not sold.")

    def do_return(self, words: list[str]) -> None:
        named = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        reason = named.pop("reason", "")
        if (
            not named
            or not all(line.isdecimal() for line in named)
            or len(named) + bool(reason) < len(words) - 1
        ):
            raise Usage("return SALE LINE=QUANTITY … [reason=CODE], such as: return T1-260608-a1b2c3 1=2")
        lines = {int(line): count for line, count in named.items()}
        self.say(receipts.returned(self.register.give_back(order=words[0], lines=lines, reason=reason)))

    def do_happened(self, words: list[str]) -> None:
        if len(words) != 1:
            raise Usage("happened KEY, as `journal` and a cut name it")
        found = self.register.happened(words[0])
        if not found:
            self.say("Nothing happened.")
            return
        answer = found["answer"]
        told = [
            str(answer[name]) for name in ("number", "order", "state", "total", "refund") if answer.get(name)
        ]
        self.say(f"It happened at {found['at']}: {', '.join([found['verb'], *told])}")

    # --- the line ------------------------------------------------------------------------------------------------------

    def do_rules(self, _words: list[str]) -> None:
        bundle = self.register.fetch()
        self.say(
            f"{len(bundle.offers)} offers of {bundle.store}, signed, good until {bundle.expires_at.isoformat(timespec='minutes')}."
        )

    def do_allow(self, words: list[str]) -> None:
        if not 2 <= len(words) <= 3:
            raise Usage("allow BOOK AMOUNT [MINUTES]")
        minutes = figures.milli(words[2]) // 1000 if len(words) == 3 else 60
        answer = self.register.allow(book=words[0], amount=words[1], minutes=minutes)
        self.say(
            f"{answer['amount']} of {answer['book']} may be taken offline until {answer['until']}: `rules` now."
        )

    def do_cable(self, words: list[str]) -> None:
        if words == ["out"]:
            self.register.house.plugged = False
            self.say("The cable is out: prices come from the rules kept here, sales are written down.")
        elif words == ["in"]:
            self.register.house.plugged = True
            self.say("The cable is in.")
            if self.recover() and self.register.journal.waiting:
                self.do_upload([])
        else:
            raise Usage("cable out, or cable in")

    def do_upload(self, _words: list[str]) -> None:
        told = dict(self.register.journal.waiting)
        verdicts = [receipts.verdict(each, told[each["key"]]) for each in self.register.upload()]
        self.say("\n".join(verdicts) or "Nothing waits.")

    def do_journal(self, _words: list[str]) -> None:
        journal = self.register.journal
        told = [f"  {key}: {receipts.named(item)}, waits" for key, item in journal.waiting.items()]
        told += [f"  {key}: {receipts.named(item)}, refused" for key, item in journal.refused.items()]
        told += [f"  {sent.key}: {sent.path}, without an answer" for sent in journal.pending.values()]
        self.say("\n".join(told) or "Nothing waits.")

    def do_status(self, _words: list[str]) -> None:
        self.say(receipts.status(self.register.sale, plugged=self.register.house.plugged))

    def _open(self) -> Sale:
        """Raises Refused while it is held, or perhaps sold."""
        if self.register.sale.held_until:
            raise Refused("the sale is held: `commit` it as it is, or `cancel` it")
        if self.register.sale.cut:
            raise Refused("it may be sold already: `cable in` asks, `commit` writes it down as it is")
        return self.register.sale

    def _changed(self) -> None:
        self.register.sale.changed()
        self.register.keep()
