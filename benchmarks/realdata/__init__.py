"""Public data sets as intake records, and ours against the reference answers computed with other tools."""
