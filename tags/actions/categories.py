"""The tree of tags: categories, and the dimensions by which they are split."""

from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Organization
from tags.conditions.faults import Fault
from tags.models import Category

DEEPEST = 4


def save(
    *,
    code: str,
    name: str,
    organization: Organization,
    parent: Category | None = None,
    position: int = 0,
    category: Category | None = None,
) -> Category:
    """A new branch, or an existing one moved or renamed. Raises ``Fault``: for one that would be part of itself, too deep,
    or of an organization that does not see what it is part of."""
    with transaction.atomic():
        Category.objects.select_for_update().order_by("pk").values_list("pk").first()
        made = category or Category(code=code)
        check(category=made, parent=parent, organization=organization)
        made.name, made.organization, made.parent, made.position = name, organization, parent, position
        made.save()
    return made


def check(*, category: Category, parent: Category | None, organization: Organization) -> None:
    """Raises ``Fault`` at the field that is wrong."""
    above = _above(parent)
    if category.pk and category.pk in [each.pk for each in above]:
        raise Fault("parent", _("a category cannot be part of itself"), _("Choose another."))
    if len(above) + _height(category) > DEEPEST:
        raise Fault(
            "parent",
            _("this is nested too deeply"),
            _("A tree of tags has at most four levels of categories."),
        )
    if parent and not organization.path.startswith(parent.organization.path):
        raise Fault(
            "parent",
            _("“%(name)s” belongs to an organization that is not above this one") % {"name": parent.name},
            _("Choose a category of this organization, or of one that it is part of."),
        )


def _above(category: Category | None) -> list[Category]:
    found = []
    while category is not None and category not in found:
        found.append(category)
        category = category.parent
    return found


def _height(category: Category) -> int:
    """Levels from it down, itself included."""
    level, height = [category.pk] if category.pk else [], 1
    while level and height <= DEEPEST:
        level = list(Category.objects.filter(parent__in=level).values_list("pk", flat=True))
        height += bool(level)
    return height
