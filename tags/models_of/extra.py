"""Libraries that a plain installation does without."""

import contextlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from tags.models_of.learning import TooLittle


@contextlib.contextmanager
def of_models() -> Iterator[None]:
    """Around imports of scipy, scikit-learn and of modules that need them: says what is missing."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("tags"):
            raise
        raise TooLittle(
            _(
                "“%(library)s” is not installed; this model needs the extra “models”: pip install ninefold[models]."
            )
            % {"library": missing.name}
        ) from missing
