"""Pots: wallets of the house that hold what belongs to nobody yet, such as the value of a gift card not activated."""

from members import sets

MAKE = """
INSERT INTO members_wallet (book_id, role, pot, below_zero, balance)
SELECT id, '', %s, below_zero, 0 FROM members_book WHERE id = %s
ON CONFLICT (book_id, pot) WHERE pot <> '' DO NOTHING
"""
FIND = "SELECT id FROM members_wallet WHERE book_id = %s AND pot = %s"


def make(*, book: int, pot: str) -> int:
    """The wallet of this pot in a book (its id), made when it is first asked for."""
    sets.run(MAKE, [], 0, pot, book)
    return sets.run(FIND, [], 0, book, pot)[0][0]
