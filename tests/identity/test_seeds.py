"""What a new installation starts with is there whichever way it begins."""

import pytest

from identity.actions import datamap, imports, intake
from identity.files import platforms
from identity.models import CleaningRule, FileImport, IdentifierKind, Mapping
from tests import factories
from tests.identity import company
from tests.identity.company import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "begin", [datamap.install, lambda: intake.known(now=NOW)], ids=["data map", "records"]
)
def test_kinds_come_with_their_cleaning_rules_and_the_mappings_of_platforms(begin):
    begin()
    assert IdentifierKind.objects.filter(code="phone").exists()
    assert CleaningRule.objects.filter(field="phone").exists()
    assert Mapping.objects.count() == len(platforms.MAPPINGS)
    company.build()
    company.accept(company.account("u1", phone="11111111111"))
    assert not intake.known(now=NOW).book.everywhere.blanks.isdisjoint({"测试", "test", "未知", ""})


@pytest.mark.parametrize("first", ["13800138805,张三", "no,anna.li@example.com", "+86 138 0013 8805,x"])
def test_a_file_without_names_of_columns_is_refused_and_not_kept(settings, tmp_path, first):
    settings.VAR = tmp_path
    content = [f"{first}\n13800138806,李四\n".encode()]
    with pytest.raises(imports.Refused, match="must name the columns"):
        imports.bring(name="customers.csv", content=content, by=factories.staff(superuser=True), now=NOW)
    assert not FileImport.objects.exists()
    assert not list(imports.folder().iterdir())
