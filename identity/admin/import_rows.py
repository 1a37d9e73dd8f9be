"""What the import screen shows of rows, counts and progress: personal data masked."""

from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext_lazy as _

from identity.actions import imports, intake, mappings
from identity.admin import import_places
from identity.admin.review import words
from identity.files import looking, opening
from identity.files.items import Unusable
from identity.models import FileImport, IdentifierKind, IngestRun
from identity.records import problems, verdicts
from members import masking

ROWS = 5
SHOWN = 100
OPEN_PLACES = (
    "occurred_at", "updated_at", "organization", "status", "currency", "lines.", "shipping", "profile.gender",
    "profile.province", "profile.city", "membership.", "consents.", "rating", "sku", "properties.", "name", "attribution.",
)  # fmt: skip
LABELS = {
    "new": _("new"), "merged": _("merged"), "updated": _("updated"), "rejected": _("rejected"),
}  # fmt: skip
STATED = {"status": _("status"), "amount": _("amount"), "rating": _("rating")}


@dataclass
class Row:
    """A row of the file as it will be understood: (what, value), and (column, problem) of what is wrong with it."""

    line: int
    facts: list[tuple[str, str]] = field(default_factory=list)
    problems: list = field(default_factory=list)
    stops: bool = False


def sample(imported: FileImport, *, rows: int = 3) -> dict[str, list[str]]:
    """{heading: the first values}, masked unless their place is known to tell nothing of a person."""
    try:
        look = looking.at(imports.path(imported), rows=rows)
    except Unusable:
        return {}
    return {name: [_masked(imported, name, row.get(name)) for row in look.rows] for name in look.headings}


def _masked(imported, heading, cell):
    text = "" if cell is None else str(cell).strip()
    column = imported.columns.get(heading, "")
    place = column.get("to", "") if isinstance(column, dict) else column
    if place.startswith(OPEN_PLACES) and not place.startswith("membership.number"):
        return text[:40]
    if place == "profile.name":
        return masking.name(text)
    if place.startswith("identifiers."):
        kind = place.partition(".")[2].partition("@")[0].partition(":")[0]
        return masking.contact(kind=kind, value=text) if text else ""
    return masking.identifier(text) if text else ""


def understood(imported: FileImport, *, now) -> list[Row]:
    """The first rows as intake reads them by the mapping as it is; none before the channel is chosen."""
    if imported.channel is None and imported.form != "jsonl":
        return []
    try:
        with opening.source(imports.path(imported), shape=mappings.shape(mapping=imported)) as source:
            items = list(islice(source.items(), ROWS))
            shape = source.shape
    except Unusable:
        return []
    channel = imported.channel.code if imported.channel else ""
    for item in items:
        if isinstance(item.raw, dict) and channel and not item.raw.get("channel"):
            item.raw["channel"] = channel
    given = intake.prepare(records=items, known=intake.known(now=now), now=now)
    names = dict(IdentifierKind.objects.values_list("code", "name"))
    return [_row(item, entry.cleaned, shape, names) for item, entry in zip(items, given, strict=True)]


def _row(item, cleaned, shape, names):
    row = Row(item.line, stops=cleaned.stops)
    row.problems = [(_column(each.place, item.raw, shape), each) for each in cleaned.problems]
    record = cleaned.record
    if record is None:
        return row
    if record.external_id:
        shown = masking.identifier(record.external_id) if cleaned.type == "account" else record.external_id
        row.facts.append((_("key"), shown))
    if cleaned.is_contact:
        row.facts.append((_("known by"), _("the contact alone")))
    elif cleaned.type != "account" and cleaned.customer:
        row.facts.append((_("account"), masking.identifier(cleaned.customer)))
    row.facts += [
        (names.get(each.kind, each.kind), masking.contact(kind=each.kind, value=each.value))
        for each in cleaned.identifiers
    ]
    row.facts += [
        (words.field(name), words.masked(field=name, value=value)) for name, value in cleaned.traits.items()
    ]
    row.facts += _membership(getattr(record, "membership", None))
    if record.occurred_at:
        row.facts.append((_("time"), record.occurred_at.strftime("%Y-%m-%d %H:%M %z")))
    for name, label in STATED.items():
        if (value := getattr(record, name, None)) not in (None, ""):
            row.facts.append((label, str(value)))
    lines = getattr(record, "lines", None) or []
    row.facts += [(_("line"), f"{each.sku or ''} × {getattr(each, 'quantity', '')}") for each in lines[:3]]
    return row


def _membership(stated) -> list[tuple[str, str]]:
    given = stated if isinstance(stated, list) else [stated] if stated else []
    return [
        (label, str(value))
        for each in given
        for label, value in (
            (_("member of"), each.organization),
            (_("tier"), each.tier),
            (_("points"), each.points),
        )
        if value not in (None, "")
    ]


def _column(place, raw, shape) -> str:
    """The heading of the column that a problem is about, or the place in the record if it is about none."""
    return (
        shape.column_of(place, raw) if place.startswith("$") and isinstance(raw, dict) else ""
    ) or import_places.told(place)


def tiles(imported: FileImport) -> list[tuple[str, str, int]]:
    """(name, label, count) of rows: as they were read, or as the trial said."""
    if imported.run and imported.state not in (FileImport.State.CHECKING, FileImport.State.CHECKED):
        given = imported.run.verdicts
        counts = {
            "new": given.get(verdicts.ACCEPTED, 0),
            "merged": given.get(verdicts.DUPLICATE, 0),
            "updated": given.get(verdicts.UPDATED, 0),
            "rejected": given.get(verdicts.QUARANTINED, 0) + given.get(verdicts.REJECTED, 0),
        }
    else:
        counts = (imported.report or {}).get("counts", {})
    return [(name, label, counts.get(name, 0)) for name, label in LABELS.items()] if counts else []


def takes_nothing(imported: FileImport) -> bool:
    """Whether the trial let no row in: there is nothing to read before the columns are corrected."""
    counts = (imported.report or {}).get("counts", {})
    return not any(counts.get(name) for name in ("new", "merged", "updated"))


def reasons(imported: FileImport) -> list[tuple[int, str]]:
    """How often each thing is wrong, in words, the most frequent first."""
    counts = (imported.report or {}).get("codes", {})
    return [
        (count, problems.CATALOGUE[code][1] if code in problems.CATALOGUE else code)
        for code, count in counts.items()
    ]


def listed(imported: FileImport) -> list[dict]:
    """The first problems of the trial, with what becomes of the row in words."""
    rows = (imported.report or {}).get("listed", [])[:SHOWN]
    return [
        {
            **row,
            "becomes": LABELS.get(row["outcome"], row["outcome"]),
            "column": row["column"] or ("" if row["place"] == "$" else import_places.told(row["place"])),
        }
        for row in rows
    ]


def progress(imported: FileImport) -> int | None:
    """Per cent of the file that is read, where that is known."""
    run = imported.run
    if run is None or imported.state == FileImport.State.FINISHED or not run.size:
        return None
    if run.state != IngestRun.State.RUNNING or imported.form == "xlsx" or imported.path.endswith(".gz"):
        return None
    return min(100, round(100 * run.position / run.size))


def plain(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text[:1] in "=+-@\t" and text else text
