"""The data map: live counts, which touchpoints can be joined, and what is wrong with it."""
