"""Numbers as people write them: 8,000 rather than 8000.0000."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.admin.options import InlineModelAdmin
from django.db import models
from django.utils.functional import Promise
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from members.models import Book

NONE = "–"


def plain(value: Decimal | None, *, least: int = 0) -> str:
    """Without zeros at its end beyond ``least`` decimals: 1,234.5."""
    if value is None:
        return NONE
    given = -value.normalize().as_tuple().exponent
    return f"{value:,.{max(given, least)}f}".replace("-", "−")


def of_book(book: Book | None, value: Decimal | None) -> str:
    """In the book's own scale and unit: 8,000 growth, 20.00 CNY."""
    if book is None or value is None:
        return plain(value)
    return f"{plain(value, least=book.scale)} {book.unit}"


class PlainNumber(UnfoldAdminDecimalFieldWidget):
    """8000 rather than 8000.0000, where it can be changed."""

    def format_value(self, value):
        return f"{value.normalize():f}" if isinstance(value, Decimal) else super().format_value(value)


@dataclass(frozen=True, eq=False)
class Said:
    """A column or a field of a page that says a field of a model in words; equal to the one that says the same field."""

    name: str
    short_description: str | Promise
    words: Callable[[models.Model], object]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Said) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def __name__(self) -> str:
        return self.name

    def __str__(self) -> str:
        return self.name

    def __call__(self, row: models.Model) -> object:
        return self.words(row)


class PlainDecimals:
    """For pages and rows of pages. ``money``: fields with two decimals at least."""

    money: tuple[str, ...] = ()

    def in_words(self, name: object) -> Callable | None:
        """What shows this field instead of itself, if anything does."""
        if name not in {field.name for field in self.opts.fields if isinstance(field, models.DecimalField)}:
            return None
        least = 2 if name in self.money else 0
        verbose = self.opts.get_field(name).verbose_name
        return Said(name, verbose, lambda row: plain(getattr(row, name), least=least))

    def get_list_display(self, request):
        return [self.in_words(name) or name for name in super().get_list_display(request)]

    def get_readonly_fields(self, request, obj=None):
        found = super().get_readonly_fields(request, obj)
        return [*found, *self._words(request, obj, found).values()]

    def get_fieldsets(self, request, obj=None):
        words = self._words(request, obj, super().get_readonly_fields(request, obj))
        return [
            (title, {**options, "fields": _worded(options["fields"], words)})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def _words(self, request, obj, settled) -> dict[str, Callable]:
        """{field: what shows it} of those that nobody changes on this page."""
        read = obj is not None and not (
            self.has_change_permission(request, obj) or self._may_be_added(request, obj)
        )
        every = [field.name for field in self.opts.fields] if read else settled
        return {name: words for name in every if (words := self.in_words(name))}

    def _may_be_added(self, request, parent) -> bool:
        """Rows of a page share their fields with the empty row below them."""
        return isinstance(self, InlineModelAdmin) and self.has_add_permission(request, parent)


def _worded(fields: Iterable, words: dict[str, Callable]) -> list:
    return [
        _worded(each, words) if isinstance(each, list | tuple) else words.get(each, each) for each in fields
    ]
