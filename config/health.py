"""Is the process alive, and may it be sent work? Plain views, open to any probe, without secrets."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from config import heartbeat


def alive(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


def ready(_request: HttpRequest) -> JsonResponse:
    try:
        missing = _unapplied()
        worker = heartbeat.ages(now=timezone.now()) if not missing else {}
    except DatabaseError:
        return JsonResponse({"status": "database unreachable"}, status=503)
    if missing:
        return JsonResponse({"status": "migrations missing", "migrations": missing}, status=503)
    return JsonResponse({"status": "ready", "worker_seconds_ago": worker})


def _unapplied() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _backwards in plan]
