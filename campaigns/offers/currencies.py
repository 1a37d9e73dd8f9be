"""How many digits a currency's minor unit has, by ISO 4217; two where nothing else stands."""

DIGITS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
DIGITS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
DIGITS |= dict.fromkeys("CLF UYW".split(), 4)


def digits(currency: str) -> int:
    return DIGITS.get(currency, 2)
