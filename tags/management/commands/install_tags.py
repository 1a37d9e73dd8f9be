from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.models import Organization
from tags.actions import definitions


class Command(BaseCommand):
    help = (
        "Makes the tags that every installation begins with; those that exist already are left as they are."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--organization", metavar="CODE", help="the node they belong to; the group by default"
        )
        parser.add_argument(
            "--category", action="append", default=[], help="also tag buyers of this category"
        )

    def handle(self, *, organization, category, **options):
        wanted = {"code": organization} if organization else {"kind": Organization.Kind.GROUP}
        node = Organization.objects.filter(**wanted).first()
        if node is None:
            raise CommandError(f"There is no organization {organization or 'yet: make the group first'}.")
        made = definitions.install(organization=node, now=timezone.now(), categories=category)
        self.stdout.write(
            f"{len(made)} tags made: {', '.join(tag.code for tag in made) or 'all were there'}."
        )
