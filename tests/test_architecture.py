"""The house keeps its rules, and each rule would notice: one violation of each kind is seeded into a copy."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import architecture

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

FAULTS = [
    ("members/models/seed.py", 'x = models.ForeignKey("tags.Tag")', "relation to tags.Tag"),
    ("tags/models/seed.py", 'x = models.ManyToManyField(to="identity.Case")', "relation to identity.Case"),
    ("identity/models/seed.py", 'x = OneToOneField("campaigns.Campaign")', "relation to campaigns.Campaign"),
    ("members/queries/seed.py", 'SQL = "SELECT 1 FROM campaigns_decision"', "a table of campaigns"),
    ("members/signal_seed.py", "from django.db.models.signals import post_save", "not with a signal"),
    ("tags/signal_seed.py", "from django.dispatch import receiver", "not with a signal"),
    ("tags/generic_seed.py", "import django.contrib.contenttypes.fields", "generic key"),
    ("campaigns/utils/seed.py", "", "utils says nothing"),
    ("reports/helpers.py", "", "helpers says nothing"),
    ("members/actions/seed.py", "def seed():\n    return timezone.now()", "looks at the clock"),
    ("identity/matching/seed.py", "def seed():\n    return datetime.now(UTC)", "looks at the clock"),
    ("tags/actions/seed.py", "from django.http import HttpRequest", "belongs to the doors"),
    ("tags/conditions/seed.py", "from django.contrib import admin", "belongs to the doors"),
    ("tags/queries/seed.py", 'Case = apps.get_model("identity", "Case")', "hides a dependency"),
]
IMPORTS = [
    ("members/sown.py", "config.heartbeat", "Floors"),
    ("tags/sown.py", "identity.models", "Floors"),
    ("identity/queries/sown.py", "tags.models", "Floors"),
    ("campaigns/sown.py", "reports.queries", "Floors"),
    ("members/models/sown.py", "members.queries.scopes", "Rooms"),
    ("tags/queries/sown.py", "tags.actions.runs", "Rooms"),
    ("identity/actions/sown.py", "identity.admin", "Rooms"),
    ("campaigns/actions/sown.py", "members.admin.base", "Doors: admin"),
    ("reports/queries/sown.py", "members.api.places", "Doors: the API"),
    ("reports/sown.py", "tags.tasks", "Doors: jobs"),
    ("members/actions/sown.py", "rest_framework", "Libraries of the doors"),
    ("campaigns/queries/sown.py", "django_q", "Libraries of the doors"),
    ("tags/conditions/sown.py", "rest_framework", "Engines"),
    ("identity/matching/sown.py", "django", "Pure engines"),
    ("identity/cleaning/sown.py", "identity.models", "Pure engines"),
    ("campaigns/offers/sown.py", "django", "Pure engines"),
    ("campaigns/till/sown.py", "django", "Pure engines"),
]


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory) -> Path:
    """A copy of the house with every violation in it."""
    house = tmp_path_factory.mktemp("house")
    for app in architecture.FLOORS:
        shutil.copytree(architecture.ROOT / app, house / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(architecture.ROOT / "pyproject.toml", house)
    seeds = [(place, text) for place, text, _rule in FAULTS]
    seeds += [(place, f"import {module}") for place, module, _contract in IMPORTS]
    for place, text in seeds:
        (house / place).parent.mkdir(parents=True, exist_ok=True)
        (house / place).write_text(text + "\n")
    return house


@pytest.fixture(scope="module")
def found(spoiled) -> list[str]:
    return architecture.faults(spoiled)


@pytest.fixture(scope="module")
def broken(spoiled) -> dict[str, str]:
    """What the contracts say of the spoiled house, by their names."""
    _heading, *words = re.split(r"\n([^\n]+)\n-{3,}\n", lint(spoiled).stdout)
    return dict(zip(words[::2], words[1::2], strict=True))


def lint(root: Path) -> subprocess.CompletedProcess:
    command = [str(LINT_IMPORTS), "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_the_house_keeps_what_imports_do_not_show():
    assert architecture.faults() == []


def test_the_house_keeps_its_floors_and_rooms():
    linted = lint(architecture.ROOT)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(("place", "text", "fault"), FAULTS)
def test_a_seeded_fault_is_found(found, place, text, fault):
    assert [line for line in found if line.startswith(f"{place}:") and fault in line]


def test_nothing_else_is_found(found):
    assert len(found) == len(FAULTS)


@pytest.mark.parametrize(("place", "module", "contract"), IMPORTS)
def test_a_seeded_import_breaks_its_contract(broken, place, module, contract):
    report = "".join(text for name, text in broken.items() if name.startswith(contract))
    importer = place.removesuffix(".py").replace("/", ".")
    assert f"{importer} -> {module}" in report, broken
