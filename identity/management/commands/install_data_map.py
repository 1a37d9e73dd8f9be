from django.core.management.base import BaseCommand

from identity.actions import datamap


class Command(BaseCommand):
    help = (
        "Add the usual touchpoints with their keys and signals to the data map. What is there stays as it is."
    )

    def handle(self, *args, **options):
        added = datamap.install()
        self.stdout.write(f"{added} touchpoints added." if added else "Nothing was missing.")
