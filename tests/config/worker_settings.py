"""Settings of the worker's processes in tests: a timetable of their own."""

import os

from config import timetable
from config.worker import supervisor
from tests.settings import *  # noqa: F403

timetable.JOBS[:] = [job for job in timetable.JOBS if job.name == "heartbeat"]
supervisor.LONGEST_REST = 1.0  # one worker is killed again and again
timetable.FOLLOWERS[:] = ["tests.config.jobs.fail", "tests.config.jobs.follow"]

if "NINEFOLD_TEST_RETRY" in os.environ:
    Q_CLUSTER["retry"] = int(os.environ["NINEFOLD_TEST_RETRY"])  # noqa: F405
    Q_CLUSTER["timeout"] = Q_CLUSTER["retry"] - 1  # noqa: F405
