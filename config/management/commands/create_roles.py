from django.core.management.base import BaseCommand

from config import roles


class Command(BaseCommand):
    help = "Create the roles of staff as groups with exactly their permissions. Safe to run again."

    def handle(self, *args, **options):
        for role, permissions in roles.create().items():
            self.stdout.write(f"{role}: {permissions} permissions")
