import argparse
import datetime as dt
import sys
from collections.abc import Iterable, Iterator

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from campaigns.queries.till import proofs
from campaigns.queries.till.priced_again import RuleSets
from campaigns.queries.till.proofs import Chain, Checked
from members.models import Organization

UNASKED = "Name a sale, or --all for every sale: `prove_order 20260608-17 --store S1`, `prove_order --all --day 2026-06-08`."


class Command(BaseCommand):
    help = (
        "Prove what sales at tills cost: price them again from what was kept of them, to the cent, and follow the chain of their "
        "proofs. Names each place where something is not as it was; the exit code is 1 if there is one, 2 if it cannot begin."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("number", nargs="?", default="", help="number of the sale")
        parser.add_argument(
            "--store", default="", help="code of the store; needed if several have that number"
        )
        parser.add_argument(
            "--all", action="store_true", help="every sale, of that store and day if they are given"
        )
        parser.add_argument("--day", default="", help="with --all: the store's day, like 2026-06-08")

    def handle(self, *, number: str, store: str, day: str, **options: object) -> None:
        if bool(number) == bool(options["all"]) or (day and number):
            raise CommandError(UNASKED, returncode=2)
        place = _store(store) if store else None
        found = self._every(_day(day), place) if options["all"] else _one(number, place)
        broken = sum(1 for checked in found if self._told(checked, always=bool(number)))
        if broken:
            said = "1 place does not hold." if broken == 1 else f"{broken:,} places do not hold."
            self.stdout.write(self.style.ERROR(said))
            raise SystemExit(1)
        if not number:
            said = "1 sale holds." if self.proved == 1 else f"{self.proved:,} sales hold."
            self.stdout.write(self.style.SUCCESS(said))

    proved = 0

    def _every(self, day: dt.date | None, store: int | None) -> Iterator[Checked]:
        chains, rule_sets = proofs.chains(day=day, store=store), RuleSets()
        total = sum(chain.number for chain in chains)
        with tqdm(total=total, disable=not sys.stderr.isatty(), unit=" sales") as bar:
            for chain in chains:
                for checked in proofs.walk(chain, rule_sets=rule_sets):
                    self.proved += 1
                    bar.update()
                    yield checked
        yield from proofs.unproved(day=day, store=store)

    def _told(self, checked: Checked, *, always: bool) -> bool:
        if checked.faults or always:
            mark = self.style.ERROR("BROKEN") if checked.faults else self.style.SUCCESS("holds ")
            self.stdout.write(f"{mark}  {_named(checked)}")
        for fault in checked.faults:
            self.stdout.write(f"          {fault}")
        for remark in checked.remarks if always else ():
            self.stdout.write(f"          sold without a line, and told so then: {remark}")
        return bool(checked.faults)


def _named(checked: Checked) -> str:
    told = [
        checked.store,
        checked.day.isoformat(),
        f"proof {checked.number}" if checked.number else "no proof",
    ]
    return " · ".join([*told, *filter(None, [checked.sale and f"sale {checked.sale}", checked.total])])


def _one(number: str, store: int | None) -> Iterable[Checked]:
    found = proofs.of_sale(number=number, store=store)
    if not found:
        raise CommandError(f"There is no sale {number!r}{' there' if store else ''}.", returncode=2)
    if len(found) > 1:
        codes = ", ".join(each.code for each in found)
        raise CommandError(
            f"Several stores have a sale {number!r}: name one by --store ({codes}).", returncode=2
        )
    [sale] = found
    if sale.state != "committed":
        raise CommandError(f"The sale {number!r} is {sale.state}: it has no price to prove.", returncode=2)
    if sale.day is None:
        return [proofs.lacking(code=sale.code, number=number, at=sale.committed_at)]
    [chain] = proofs.chains(day=sale.day, store=sale.store) or [
        Chain(sale.store, sale.code, sale.day, 0, None)
    ]
    return proofs.alone(chain, sale.number, rule_sets=RuleSets())


def _store(code: str) -> int:
    found = Organization.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(
            f"There is no organization {code!r}. GET /api/v1/organizations lists them.", returncode=2
        )
    return found


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(f"--day: {text!r} is no day: write it like 2026-06-08.", returncode=2) from error
