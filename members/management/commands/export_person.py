"""Write all that is known of a person to a JSON file, and beside it a page to read."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.actions import copies
from members.models import Account, oneid


class Command(BaseCommand):
    help = "A person's copy of everything: FILE as JSON, and beside it the same as an HTML page."

    def add_arguments(self, parser):
        parser.add_argument("oneid", help="OneID, as printed; a retired one leads to the one it stands for")
        parser.add_argument(
            "--notes", action="store_true", help="with what staff wrote: read it before you hand it over"
        )
        parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the JSON file to write")

    def handle(self, *, out, notes=False, **options):
        copy = copies.make(member=member(options["oneid"]), now=timezone.now(), notes=notes)
        page = out.with_suffix(".html")
        try:
            out.write_text(copies.as_json(copy), "utf-8")
            page.write_text(copies.as_html(copy), "utf-8")
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{out} and {page} hold all that is known of {copy['oneid']}.")


def member(text: str):
    """The person whom a OneID stands for now. Raises CommandError."""
    key = oneid.normalise(text)
    found = Account.everything.select_related("member").filter(minted__oneid=key).first()
    if found is None:
        raise CommandError(f"There is no member {text}. Give a OneID, such as 7K2M Q4TX 8B3D A.")
    return found.member
