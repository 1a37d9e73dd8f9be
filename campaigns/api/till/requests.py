"""What tills send to write: each with a key of its own."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from campaigns.api.till.bodies import Code, Digits, Text

Key = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9.:_-]{1,100}$(?!\n)", description="Yours; sent again it does nothing more."),
]
Revision = Annotated[int, Meta(ge=1, le=10**6, description="Greater with each change of the basket.")]
# Read by itself, so that every fault in it is told at once.
Given = Annotated[
    dict[str, Any], Meta(extra_json_schema={"description": "As in POST pos/quotes, without `explain`."})
]


class Keyed(Struct, forbid_unknown_fields=True, kw_only=True):
    key: Key


class Put(Keyed, kw_only=True):
    revision: Revision
    basket: Given
    cashier: Text = ""


class Pay(Struct, forbid_unknown_fields=True):
    book: Code
    amount: Annotated[Digits, Meta(description="In the unit of the book.")]


class Payment(Struct, forbid_unknown_fields=True):
    method: Code
    amount: Annotated[Digits, Meta(description="In the currency of the sale.")]


class Hold(Keyed, kw_only=True):
    basket: Given | None = None
    revision: Revision | None = None
    digest: Annotated[
        Text, Meta(description="Of the quote that the customer saw; empty: whatever it is.")
    ] = ""
    pays: Annotated[list[Pay], Meta(max_length=20)] = []
    seconds: Annotated[int, Meta(ge=1, le=86_400)] = 900
    cashier: Text = ""


class Commit(Keyed, kw_only=True):
    basket: Given | None = None
    revision: Revision | None = None
    digest: Text = ""
    pays: Annotated[list[Pay], Meta(max_length=20)] = []
    payments: Annotated[list[Payment], Meta(max_length=20)] = []
    cashier: Text = ""
