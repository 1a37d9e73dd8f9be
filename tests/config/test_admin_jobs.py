import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Task

from config import timetable
from tests import factories

pytestmark = pytest.mark.django_db
JOB = timetable.JOBS[0]
SEE, RUN = "django_q.view_schedule", "django_q.change_schedule"


def task(number, *, success=True, result="done", group=JOB.name, func=JOB.function, seconds=2):
    now = timezone.now()
    return Task.objects.create(
        id=f"{number:032}", name=f"task-{number}", func=func, group=group, success=success, result=result,
        started=now - timezone.timedelta(seconds=seconds), stopped=now, args=(), kwargs={},
    )  # fmt: skip


@pytest.fixture
def jobs(client):
    client.force_login(factories.staff(permissions=f"{SEE} {RUN}"))
    return reverse("admin:jobs")


@pytest.mark.requirement("PLT-015")
def test_each_job_stands_with_last_run_duration_result_next_run_and_a_retry(client, jobs):
    Schedule.objects.create(name=JOB.name, func=JOB.function, schedule_type="I", minutes=1)
    task(1, success=False, result="ValueError: the store is closed", seconds=90)

    page = client.get(jobs)

    line = next(line for line in page.context["jobs"] if line.job == JOB)
    assert line.last.pk == f"{1:032}"
    assert line.next_run is not None
    shown = page.content.decode()
    for text in ("90.0 s", "failed", "the store is closed", "Retry"):
        assert text in shown
    assert [row.job.name for row in page.context["jobs"]] == [job.name for job in timetable.JOBS]


@pytest.mark.requirement("PLT-015")
def test_a_failed_task_is_visible_and_retried(client, jobs):
    failed = task(1, success=False, result="ConnectionError", func="tags.tasks.everybody", group="")

    client.post(reverse("admin:task_retry", args=[failed.pk]))

    assert not Failure.objects.exists()
    assert OrmQ.objects.count() == 1
    assert OrmQ.objects.get().func() == "tags.tasks.everybody"


def test_a_job_can_be_run_now(client, jobs):
    client.post(reverse("admin:job_run", args=[JOB.name]))

    assert OrmQ.objects.get().func() == JOB.function
    assert client.post(reverse("admin:job_run", args=["unheard-of"])).status_code == 404


def test_looking_alone_runs_nothing(client):
    client.force_login(factories.staff(permissions=SEE))
    failed = task(1, success=False)

    assert client.post(reverse("admin:job_run", args=[JOB.name])).status_code == 403
    assert client.post(reverse("admin:task_retry", args=[failed.pk])).status_code == 403
    assert client.get(reverse("admin:job_run", args=[JOB.name])).status_code == 405
    assert not OrmQ.objects.exists()
    client.force_login(factories.staff())
    assert client.get(reverse("admin:jobs")).status_code == 403
