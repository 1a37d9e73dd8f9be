"""What channels may tell of a person, and what each is for. The database refuses any other trait of an account.

A new trait is declared here first; ``makemigrations`` then widens the constraint.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trait:
    what: str
    why: str


TRAITS = {
    "name": Trait("name of the person", "service"),
    "nickname": Trait("name that the person goes by", "service"),
    "gender": Trait("gender", "profiling"),
    "birth_date": Trait("birthday", "profiling"),
    "province": Trait("province of residence", "profiling"),
    "city": Trait("city of residence", "profiling"),
    "address": Trait("address for delivery", "service"),
    "postcode": Trait("postcode of the address", "service"),
    "phone_masked": Trait("phone number as a platform masks it", "identification"),
    "phone_province": Trait("province that the phone number was given out in", "profiling"),
    "ip_province": Trait("province of the IP address, as a platform tells it", "profiling"),
}
