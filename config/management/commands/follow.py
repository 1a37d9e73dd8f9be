import signal

from django.core.management.base import BaseCommand

from config import timetable
from config.worker import following


class Command(BaseCommand):
    help = "Follows the event log: tags, audiences and campaigns within seconds. `worker` runs this, too."
    requires_system_checks = ()  # a restart should be quick; `serve` and the deployment check

    def handle(self, **_options: object) -> None:
        orders: list[int] = []
        for order in (signal.SIGTERM, signal.SIGINT):
            signal.signal(order, lambda number, _frame: orders.append(number))
        following.run(timetable.FOLLOWERS, goes_on=lambda: not orders)
