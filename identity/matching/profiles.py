"""Profile agreement: may two accounts with these names and birthdays be one person? Unknown agrees with everything."""

from functools import lru_cache

from identity.matching import names


@lru_cache(maxsize=1 << 16)
def contradict(
    name: str | None, birth_date: str | None, other_name: str | None, other_birth_date: str | None
) -> bool:
    """True for two people. One thing that agrees fully outweighs one that differs: a married name under the same
    birthday, a mistyped birthday under the same name. A name with one wrong character counts as the same unless
    the birthday differs as well."""
    if birth_date and birth_date == other_birth_date and not names.is_placeholder(birth_date):
        return False
    other_day = names.birthdays_differ(birth_date, other_birth_date)
    if names.differ(name, other_name):
        return other_day or not names.misspelt(name, other_name)
    return other_day and not names.same_full_name(name, other_name)
