import pytest
from django.urls import reverse

from identity import tasks
from identity.actions import seeds
from identity.models import HashRecipe
from tests.identity import company
from tests.identity.company import accept, account
from tests.identity.oneids import people
from tests.identity.test_recipes import HASHED, PHONE, SALT

pytestmark = pytest.mark.django_db
FORM = {
    "name": "JD", "active": "on", "plain_kind": "phone", "hashed_kind": "phone_hash", "namespace": "jd",
    "form": "national", "algorithm": "md5", "secret_name": "HASH_JD_SALT", "salt_place": "after",
}  # fmt: skip
ADD = "admin:identity_hashrecipe_add"
LIST = "admin:identity_hashrecipe_changelist"


@pytest.fixture
def asked(monkeypatch):
    company.build()
    seeds.kinds()
    asked = []
    monkeypatch.setattr(
        "identity.admin.recipes.async_task", lambda *given, **_options: asked.append(given[0])
    )
    return asked


def save(client, **fields):
    return client.post(reverse(ADD), FORM | fields, follow=True)


def test_a_saved_recipe_is_applied_by_the_worker(
    admin_client, asked, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setenv("HASH_JD_SALT", SALT)
    accept(account("plain", phone=PHONE), account("jd", identifiers=[HASHED]))
    with django_capture_on_commit_callbacks(execute=True):
        page = save(admin_client)
    assert "being applied" in page.text
    assert asked == ["identity.tasks.apply_recipes"]
    assert tasks.apply_recipes() == 1
    assert people() == [["jd", "plain"]]
    assert "in force" in admin_client.get(reverse(LIST)).text


def test_a_missing_setting_is_named_when_the_recipe_is_saved(admin_client, asked, monkeypatch):
    monkeypatch.delenv("HASH_JD_SALT", raising=False)
    page = save(admin_client)
    assert "The setting HASH_JD_SALT is missing in the environment" in page.text
    assert "does nothing" in page.text


def test_only_settings_made_for_hashing_can_be_named(admin_client, asked):
    page = save(admin_client, secret_name="SECRET_KEY")
    assert "begins with HASH_" in page.text
    assert not HashRecipe.objects.exists()
