import pytest
from django.contrib import admin
from django.urls import reverse

from config import roles
from tests import factories
from tests.config import full_house

pytestmark = pytest.mark.django_db
EMPTY = {"accessattempt", "accessfailurelog", "accesslog", "ormq", "group", "reviewcase"}  # in the full house


@pytest.fixture
def house():
    return full_house.build()


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser"])
def test_every_role_opens_the_list_and_one_row_of_all_that_it_may_see(client, house, role):
    roles.create()
    superuser = role == "superuser"
    user = factories.staff(organization=house["g"], role="" if superuser else role, superuser=superuser)
    client.force_login(user)
    filled, empty = set(), set()
    for model, page in admin.site._registry.items():
        if not user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = client.get(reverse(f"{name}_changelist"))
        assert listed.status_code == 200, model
        rows = list(listed.context["cl"].result_list)
        if rows and page.list_display_links is not None:
            assert client.get(reverse(f"{name}_change", args=[rows[0].pk]), follow=True).status_code == 200, (
                model
            )
        (filled if rows else empty).add(model._meta.model_name)
        if page.has_add_permission(listed.wsgi_request):
            assert client.get(reverse(f"{name}_add")).status_code == 200, model

    assert len(filled) >= 8
    if superuser:
        assert empty <= EMPTY, "the house is not full: these lists were opened empty"
