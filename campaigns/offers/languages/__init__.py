"""One table of words a language. Templates of all languages have the same keys and fields."""

from types import ModuleType

from campaigns.offers.languages import en, es, zh_hans

LANGUAGES: dict[str, ModuleType] = {"en": en, "zh-hans": zh_hans, "es": es}


def find(code: str) -> ModuleType:
    """By a code like ``es``, ``es-MX``, ``zh-Hans-CN`` or ``zh_CN``; English for what there is none of."""
    code = code.lower().replace("_", "-")
    main = code.partition("-")[0]
    return LANGUAGES["zh-hans"] if main == "zh" else LANGUAGES.get(main, en)
