"""How two people are compared, field by field: levels from full agreement to none, as data.

Each level has m (share of pairs of one person that fall into it) and u (share of pairs of two people). The figures
here are those of a new installation: set by hand and rounded; training replaces them. Fellegi & Sunter (1969); the
weight of a level in bits is log2(m / u). Where `frequency` names a column, u is that value's own frequency, so that a
rare name weighs more than 王伟.
"""

from dataclasses import dataclass

HAN_BOTH = "script_l = 'han' AND script_r = 'han'"
LATIN_BOTH = "script_l = 'latin' AND script_r = 'latin'"


@dataclass(frozen=True, slots=True)
class Level:
    """`sql` may use the words {overlap(column)}, {near(column)}, {near_written(column)}, {similar(column, share)}
    that each backend spells."""

    code: str
    sql: str
    m: float
    u: float
    frequency: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`unknown` says when a field tells nothing; `rest` are m and u of plain disagreement; `identifies` marks fields
    that may link by themselves."""

    field: str
    unknown: str
    levels: tuple[Level, ...]
    rest: tuple[float, float]
    identifies: bool = False


NAME = Comparison(
    "name",
    "surname_l IS NULL OR surname_r IS NULL",
    (
        Level("exact", "whole_l = whole_r", 0.62, 0.0006, "whole"),
        Level("sound", "sound_l = sound_r", 0.05, 0.0006, "sound"),
        Level(
            "one_character",
            f"{HAN_BOTH} AND greatest(length(whole_l), length(whole_r)) > 2 AND {{one_character(whole)}}",
            0.05,
            0.0015,
        ),
        Level("similar", f"{LATIN_BOTH} AND {{similar(whole, 0.92)}}", 0.1, 0.0008),
        Level("alike", f"{LATIN_BOTH} AND {{similar(whole, 0.84)}}", 0.04, 0.004),
        Level(
            "part",
            f"{LATIN_BOTH} AND (given_l IS NULL OR given_r IS NULL) AND {{overlap(tokens)}}",
            0.08,
            0.002,
        ),
        Level(
            "fits",
            "surname_l = surname_r AND (whole_l IS NULL OR whole_r IS NULL) AND coalesce(length_l = length_r, TRUE)",
            0.3,
            0.03,
            "surname",
        ),
        Level("one_of_two", f"{LATIN_BOTH} AND {{overlap(tokens)}}", 0.04, 0.012),
        Level("surname", "surname_l = surname_r", 0.002, 0.035),
    ),
    (0.02, 0.95),
)
BIRTHDAY = Comparison(
    "birth_date",
    "birth_l IS NULL OR birth_r IS NULL",
    (
        Level("exact", "birth_l = birth_r", 0.82, 0.00005, "birth"),
        Level("swapped", "birth_l = birth_swapped_r", 0.02, 0.00002),
        Level("one_digit", "damerau_levenshtein(birth_l, birth_r) = 1", 0.1, 0.0015),
        Level("same_day", "substr(birth_l, 5) = substr(birth_r, 5)", 0.015, 0.0025),
        Level("same_month", "substr(birth_l, 1, 6) = substr(birth_r, 1, 6)", 0.015, 0.0015),
    ),
    (0.03, 0.995),
)
PHONE = Comparison(
    "phone",
    # A household shares its address and its telephones: the second of them says nothing new.
    "cardinality_of(phone_keys_l) = 0 OR cardinality_of(phone_keys_r) = 0"
    " OR ({overlap(addresses)} AND {overlap(phones)})",
    (
        Level("exact", "{overlap(phones)}", 0.25, 0.00002),
        Level("near", "{near(phones)}", 0.05, 0.000004),
        Level("fits", "{overlap(phone_keys)}", 0.15, 0.000004),
    ),
    (0.55, 0.999),
    identifies=True,
)
EMAIL = Comparison(
    "email",
    "cardinality_of(emails_l) = 0 OR cardinality_of(emails_r) = 0",
    (
        Level("exact", "{overlap(emails)}", 0.3, 0.00002),
        Level("local", "{overlap(locals)}", 0.12, 0.00003),
        Level("near", "{near(emails)}", 0.15, 0.00003),
    ),
    (0.43, 0.999),
    identifies=True,
)
PLACE = Comparison(
    "address",
    "(city_l IS NULL OR city_r IS NULL) AND (province_l IS NULL OR province_r IS NULL)"
    " AND (postcode_l IS NULL OR postcode_r IS NULL)"
    " AND (cardinality_of(addresses_l) = 0 OR cardinality_of(addresses_r) = 0)",
    (
        Level("exact", "{overlap(addresses)}", 0.35, 0.00003),
        Level("near", "{near_written(addresses)}", 0.08, 0.00006),
        Level("building", "{overlap(buildings)}", 0.02, 0.0005),
        Level("postcode", "postcode_l = postcode_r", 0.15, 0.001, "postcode"),
        Level("city", "city_l = city_r", 0.3, 0.05, "city"),
        Level("province", "province_l = province_r", 0.05, 0.06),
    ),
    (0.05, 0.89),
)
GENDER = Comparison(
    "gender",
    "gender_l IS NULL OR gender_r IS NULL",
    (Level("exact", "gender_l = gender_r", 0.97, 0.5),),
    (0.03, 0.5),
)
NUMBER = Comparison(
    "national_id",
    "number_l IS NULL OR number_r IS NULL",
    (
        Level("exact", "number_l = number_r", 0.8, 0.000001),
        Level("one_digit", "damerau_levenshtein(number_l, number_r) = 1", 0.15, 0.000005),
    ),
    (0.05, 0.999),
    identifies=True,
)
ALL = (NAME, BIRTHDAY, PHONE, EMAIL, PLACE, GENDER, NUMBER)
# Pairs of different rows that are one person, for each person: what a new installation expects.
DUPLICATES = 0.3
