import pytest
from django.db import OperationalError, connection

from config import health, heartbeat


def test_alive_asks_nobody(client):
    assert client.get("/healthz").json() == {"status": "alive"}


@pytest.mark.django_db
def test_ready_tells_how_long_ago_the_worker_was_seen(client):
    heartbeat.beat(heartbeat.FOLLOWERS)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    ages = answer.json()["worker_seconds_ago"]
    assert ages["cluster"] is None
    assert 0 <= ages["followers"] < 60


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'config'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "migrations missing"


def test_not_ready_without_a_database(client, monkeypatch):
    def unreachable():
        raise OperationalError("password=secret")

    monkeypatch.setattr(health, "_unapplied", unreachable)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "database unreachable"}
