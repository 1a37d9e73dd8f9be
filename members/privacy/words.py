"""What staff wrote of a person in their own words. It may say something of somebody else, which no program can tell."""


class StaffWords(str):
    """Kept out of a copy until somebody has read it."""

    __slots__ = ()
