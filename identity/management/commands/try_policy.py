import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from identity.actions import trials
from identity.models import Identifier, Trial
from identity.queries import lookup


class Command(BaseCommand):
    help = (
        "Compute what other rules of OneID would make of everybody: merges, splits, members touched, largest groups, "
        "samples. Nothing is in force and nobody is moved, unless --publish is given; take_back_policy restores."
    )

    def add_arguments(self, parser):
        parser.add_argument("name", nargs="?", help="what to call the trial")
        parser.add_argument(
            "--set", action="append", default=[], metavar="KIND.FIELD=VALUE", help="phone.max_accounts=6"
        )
        parser.add_argument(
            "--channel",
            action="append",
            default=[],
            metavar="CHANNEL.FIELD=true|false",
            help="app.one_account_a_person=true (two accounts there are two people) or app.named=false (anonymous visitors)",
        )
        parser.add_argument(
            "--shared",
            action="append",
            default=[],
            metavar="KIND[@NAMESPACE]:VALUE",
            help="phone:13800138000",
        )
        parser.add_argument("--trial", type=int, help="an existing trial instead of a new one")
        parser.add_argument("--publish", action="store_true", help="put it in force afterwards")
        parser.add_argument("--json", action="store_true", help="print the whole outcome")

    def handle(self, *args, **options):
        try:
            trial = self._trial(options)
            trial = trials.compute(trial=trial, now=timezone.now(), progress=self._say)
            self._tell(trial, whole=options["json"])
            if options["publish"]:
                changes = trials.publish(trial=trial, by=None, now=timezone.now())
                self.stdout.write(f"In force: {len(changes.accounts)} accounts moved.")
        except (trials.Refused, lookup.Malformed) as refused:
            raise CommandError(str(refused)) from refused

    def _trial(self, options) -> Trial:
        if options["trial"]:
            found = Trial.objects.filter(pk=options["trial"]).first()
            if found is None:
                raise CommandError(f"There is no trial {options['trial']}.")
            return found
        if not options["name"]:
            raise CommandError("Name the trial, or an existing one by --trial.")
        return trials.draft(
            name=options["name"],
            kinds=_changes(options["set"], "KIND.FIELD=VALUE, such as phone.max_accounts=6"),
            channels=_changes(options["channel"], "CHANNEL.FIELD=true or false, such as app.named=false"),
            shared=[_identifier(told) for told in options["shared"]],
            by=None,
            now=timezone.now(),
        )

    def _tell(self, trial, *, whole: bool) -> None:
        found = trial.outcome
        if whole:
            self.stdout.write(json.dumps({"trial": trial.pk, **found}, indent=2, ensure_ascii=False))
            return
        self.stdout.write(
            f"Trial {trial.pk}: {found['merges']} merges, {found['splits']} splits, {found['members']} members "
            f"touched; {found['people']['before']} people would be {found['people']['after']}."
        )

    def _say(self, step: str) -> None:
        self.stderr.write(f"{step} …")


def _changes(told: list[str], form: str) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for line in told:
        place, equals, value = line.partition("=")
        code, dot, field = place.rpartition(".")
        if not equals or not dot:
            raise CommandError(f"{line}: write {form}.")
        try:
            found.setdefault(code, {})[field] = None if value in ("", "none") else json.loads(value)
        except ValueError as error:
            raise CommandError(f"{line}: write a number, true, false, none or JSON.") from error
    return found


def _identifier(told: str) -> Identifier:
    place, _colon, value = told.partition(":")
    kind, _at, namespace = place.partition("@")
    value = lookup.normalised(kind=kind, value=value)
    found = Identifier.objects.filter(kind=kind, namespace=namespace, value=value).first()
    if found is None:
        raise CommandError(f"{told}: nobody carries this identifier.")
    return found
