"""The data map's starting point: the touchpoints, keys and signals that a new house begins with."""
