"""One line of the comparison: what, our answer, the reference's."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Check:
    what: str
    ours: object
    reference: object
    at_least: bool = False

    @property
    def ok(self) -> bool:
        """Without a reference (None) the line is there to be read."""
        if self.reference is None:
            return True
        return self.ours >= self.reference if self.at_least else self.ours == self.reference


def reference(folder: Path) -> dict:
    return json.loads((folder / "reference.json").read_text(encoding="utf-8"))


def cents(amount: object) -> int:
    """An amount of money in cents, exactly; floats of a reference are rounded to the cent they mean."""
    return round(float(amount) * 100) if isinstance(amount, float) else int(amount * 100)
