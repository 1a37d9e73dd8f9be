"""The review queue: the list of cases, the desk where they are decided one by one, bulk decisions,
how right we were."""
