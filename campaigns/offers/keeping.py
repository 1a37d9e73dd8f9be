"""A quote as it stands with a sale: of offers that were refused the digest of all verdicts on them, for most of a store's offers
have nothing to do with a basket. They follow from basket and rules, which are kept.
"""

import hashlib

import msgspec

from campaigns.offers.quote import REFUSED, Quote

_encoder = msgspec.json.Encoder(order="deterministic")


def kept(quote: Quote) -> Quote:
    """Shortened once, the same again."""
    refused = [each for each in quote.verdicts if each.state == REFUSED]
    if not refused:
        return quote
    rest = tuple(each for each in quote.verdicts if each.state != REFUSED)
    digest = hashlib.sha256(_encoder.encode(refused)).hexdigest()
    return msgspec.structs.replace(quote, verdicts=rest, refused=digest)
