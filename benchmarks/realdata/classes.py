def by_account(*, as_of, frequency):
    raise NotImplementedError
