"""Which of several versions of one fact rules, whatever the order in which they arrive."""


class Raced(Exception):
    """Another transaction wrote the same rows first: begin again and read what it wrote."""


def ruling(versions) -> tuple[dict, dict]:
    """({key: version of the greatest rank}, {key: earliest time}) of versions; a key is (channel, external id)."""
    greatest, earliest = {}, {}
    for version in versions:
        key = (version.channel, version.external_id)
        if key not in greatest:
            greatest[key], earliest[key] = version, version.occurred_at
            continue
        earliest[key] = min(earliest[key], version.occurred_at)
        if version.rank() > greatest[key].rank():
            greatest[key] = version
    return greatest, earliest
