"""How fast the product is against the limit of the same server, and how it answers on real data."""
