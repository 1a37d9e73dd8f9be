"""The house keeps its rules, and each rule would notice: one violation of each kind is seeded into a copy."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import architecture

APPS = [*architecture.FLOORS]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def test_the_house_keeps_what_imports_do_not_show():
    assert architecture.faults() == []


def test_the_house_keeps_its_floors_and_rooms():
    assert lint(architecture.ROOT).returncode == 0


@pytest.fixture
def house(tmp_path):
    """A copy to spoil."""
    for app in APPS:
        shutil.copytree(
            architecture.ROOT / app,
            tmp_path / app,
            ignore=shutil.ignore_patterns("__pycache__", "migrations", "demo"),
        )
    shutil.copy(architecture.ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(root: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(LINT_IMPORTS), "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )


def seed(house: Path, place: str, text: str) -> None:
    path = house / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


@pytest.mark.parametrize(
    ("place", "text", "fault"),
    [
        (
            "members/models/seed.py",
            'x = models.ForeignKey("tags.Tag", on_delete=models.PROTECT)',
            "relation to tags.Tag",
        ),
        (
            "tags/models/seed.py",
            'x = models.ManyToManyField(to="identity.Case")',
            "relation to identity.Case",
        ),
        (
            "identity/models/seed.py",
            'x = OneToOneField("campaigns.Campaign")',
            "relation to campaigns.Campaign",
        ),
        ("members/queries/seed.py", 'SQL = "SELECT 1 FROM campaigns_decision"', "a table of campaigns"),
        ("members/seed.py", "from django.db.models.signals import post_save", "not with a signal"),
        ("tags/seed.py", "from django.dispatch import receiver", "not with a signal"),
        ("tags/seed.py", "from django.contrib.contenttypes.fields import GenericForeignKey", "generic key"),
        ("campaigns/utils/seed.py", "", "utils says nothing"),
        ("reports/helpers.py", "", "helpers says nothing"),
        ("members/actions/seed.py", "def seed():\n    return timezone.now()", "looks at the clock"),
        ("identity/matching/seed.py", "def seed():\n    return datetime.now(UTC)", "looks at the clock"),
        ("tags/actions/seed.py", "from django.http import HttpRequest", "belongs to the doors"),
        ("tags/conditions/seed.py", "from django.contrib import admin", "belongs to the doors"),
        ("tags/queries/seed.py", 'Case = apps.get_model("identity", "Case")', "hides a dependency"),
    ],
)
def test_a_seeded_fault_is_found(house, place, text, fault):
    seed(house, place, text)
    found = architecture.faults(house)
    assert len(found) == 1
    assert found[0].startswith(place)
    assert fault in found[0]


@pytest.mark.parametrize(
    ("place", "text", "contract"),
    [
        ("members/seed.py", "import config.heartbeat", "Floors"),
        ("tags/seed.py", "import identity.models", "Floors"),
        ("identity/queries/seed.py", "import tags.models", "Floors"),
        ("campaigns/seed.py", "import reports.queries", "Floors"),
        ("members/models/seed.py", "import members.queries.scopes", "Rooms"),
        ("tags/queries/seed.py", "import tags.actions.runs", "Rooms"),
        ("identity/actions/seed.py", "import identity.admin", "Rooms"),
        ("campaigns/actions/seed.py", "import members.admin.base", "Doors: admin"),
        ("reports/queries/seed.py", "import members.api.places", "Doors: the API"),
        ("reports/seed.py", "import tags.tasks", "Doors: jobs"),
        ("members/actions/seed.py", "import rest_framework.response", "Libraries of the doors"),
        ("campaigns/queries/seed.py", "import django_q.tasks", "Libraries of the doors"),
        ("tags/conditions/seed.py", "import rest_framework.fields", "Engines"),
        ("identity/matching/seed.py", "import django.db", "Pure engines"),
        ("identity/cleaning/seed.py", "import identity.models", "Pure engines"),
    ],
)
def test_a_seeded_import_breaks_its_contract(house, place, text, contract):
    seed(house, place, text)
    linted = lint(house)
    assert linted.returncode == 1
    broken = [line for line in linted.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(contract) for line in broken), linted.stdout
