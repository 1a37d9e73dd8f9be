"""Books by what names them, for whoever writes in several: one prepared statement."""

from collections.abc import Iterable

from members import rows, sets
from members.models import Book

OF_IDS = f"SELECT {rows.columns(Book, 'b')} FROM members_book b WHERE b.id = ANY(%s::bigint[])"  # noqa: S608
OF_CODES = f"SELECT {rows.columns(Book, 'b')} FROM members_book b WHERE b.code = ANY(%s::text[])"  # noqa: S608


def of_ids(ids: Iterable[int]) -> dict[int, Book]:
    found = sorted(set(ids))
    return {book.pk: book for book in rows.prepared(Book, OF_IDS, sets.array(found))} if found else {}


def of_codes(codes: Iterable[str]) -> dict[str, Book]:
    found = sorted(set(codes))
    return {book.code: book for book in rows.prepared(Book, OF_CODES, sets.array(found))} if found else {}
