"""Settings of the worker's processes in tests: a timetable of their own."""

from config import timetable
from tests.settings import *  # noqa: F403

timetable.JOBS[:] = [job for job in timetable.JOBS if job.name == "heartbeat"]
timetable.FOLLOWERS[:] = ["tests.config.jobs.fail", "tests.config.jobs.follow"]
