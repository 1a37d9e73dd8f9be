from django.core.management.base import BaseCommand
from django.utils import timezone

from members.actions import profiles


class Command(BaseCommand):
    help = "Derive every member's profile and features from the facts again. A second run changes nothing."

    def handle(self, *args, **options):
        count = profiles.rebuild(now=timezone.now())
        self.stdout.write(f"{count:,} members derived.")
