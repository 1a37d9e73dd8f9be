"""The tree of tags as one organization node sees it: categories, their dimensions, tags, values."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import QuerySet

from tags.models import Category, Tag


@dataclass(frozen=True)
class Branch:
    """A category with its dimensions and its own tags."""

    category: Category
    dimensions: list["Branch"] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Tags in it and below it."""
        return len(self.tags) + sum(part.count for part in self.dimensions)


def below(*, code: str) -> set[int]:
    """Ids of the category with this code and of everything below it; none if there is no such category."""
    parents = dict(Category.objects.values_list("pk", "parent"))
    roots = set(Category.objects.filter(code=code).values_list("pk", flat=True))
    found: set[int] = set()
    while roots:
        found |= roots
        roots = {pk for pk, parent in parents.items() if parent in roots} - found
    return found


def tree(*, categories: QuerySet[Category], tags: QuerySet[Tag]) -> tuple[list[Branch], list[Tag]]:
    """The branches from the top down, and the tags without a category among these. Two queries."""
    branches = {each.pk: Branch(each) for each in categories.order_by("position", "name", "pk")}
    loose = []
    for tag in tags:
        branch = branches.get(tag.category_id)
        (branch.tags if branch else loose).append(tag)
    tops = []
    for branch in branches.values():
        above = branches.get(branch.category.parent_id)
        (above.dimensions if above else tops).append(branch)
    return tops, loose


def walk(branches: list[Branch], depth: int = 0) -> Iterator[tuple[Branch, int]]:
    for branch in branches:
        yield branch, depth
        yield from walk(branch.dimensions, depth + 1)
