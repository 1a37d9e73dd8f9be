from django.core.management.base import BaseCommand

from config.worker import cluster


class Command(BaseCommand):
    help = "Runs the jobs of the queue. Use `worker`, which also restarts it when it fails."
    requires_system_checks = ()  # a restart should be quick; `serve` and the deployment check

    def handle(self, **_options: object) -> None:
        cluster.run()
