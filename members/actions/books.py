"""Books and their wallets of the house."""

from django.db import transaction

from members.models import Book, Organization, Wallet


@transaction.atomic
def create(*, organization: Organization, code: str, name: str, kind: str, unit: str, **policy) -> Book:
    """A new book with its wallets of the house. ``policy``: scale, expiry, expiry_months, pending_days, …"""
    book = Book(organization=organization, code=code, name=name, kind=kind, unit=unit, **policy)
    book.full_clean()
    book.save()
    complete(book=book)
    return book


def complete(*, book: Book) -> None:
    """Give a book that was just made its wallets of the house: where its value comes from and where it goes."""
    Wallet.objects.bulk_create(
        Wallet(book=book, role=role, below_zero=book.below_zero) for role in Wallet.Role.values
    )
