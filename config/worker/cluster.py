"""The cluster of django-q2, with a sentinel that knows when its queues are lost."""

import sys

import structlog
from django.utils import timezone
from django_q import cluster
from django_q.models import OrmQ

from config.worker import timers

log = structlog.get_logger(__name__)


class Sentinel(cluster.Sentinel):
    """A worker killed while it waits or hands over a result, or a killed pusher or monitor, takes the lock of a shared
    queue with it: its successors would wait for ever. Then the sentinel ends, and the supervisor starts a new cluster.
    """

    def spawn_worker(self) -> None:
        super().spawn_worker()
        process = self.pool[-1]
        process.timer = timers.Timer(process, process.timer)

    def reincarnate(self, process) -> None:
        if _took_a_lock(process, is_worker=process in self.pool):
            log.error("cluster.lost_its_queue", exitcode=process.exitcode)
            sys.exit(1)
        super().reincarnate(process)


def _took_a_lock(process, *, is_worker: bool) -> bool:
    killed = process.exitcode is not None and process.exitcode < 0
    return killed and (not is_worker or process.timer.value == -1 or process.timer.lost)


def run() -> None:
    """Runs a cluster in this process until it is asked to end."""
    cluster.Sentinel = Sentinel
    _release_claims()
    cluster.Cluster().start()


def _release_claims() -> None:
    """What an ended cluster had claimed is free at once, not after `retry`: only one cluster runs at a time."""
    OrmQ.objects.filter(lock__gt=timezone.now()).update(lock=timezone.now())
