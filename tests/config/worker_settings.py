"""Settings of the worker's processes in tests: a timetable of their own."""

import os

from config import timetable
from tests.settings import *  # noqa: F403

timetable.JOBS[:] = [job for job in timetable.JOBS if job.name == "heartbeat"]
timetable.FOLLOWERS[:] = ["tests.config.jobs.fail", "tests.config.jobs.follow"]

if "NINEFOLD_TEST_RETRY" in os.environ:
    Q_CLUSTER["retry"] = int(os.environ["NINEFOLD_TEST_RETRY"])  # noqa: F405
    Q_CLUSTER["timeout"] = Q_CLUSTER["retry"] - 1  # noqa: F405
