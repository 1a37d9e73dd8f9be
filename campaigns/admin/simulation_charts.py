"""Charts of a simulation as Chart.js reads them. Amounts in whole units of the currency."""

import json
from collections.abc import Sequence

MAIN, SECOND, WARN = "var(--color-primary-600)", "#94a3b8", "#d97706"


def bars(labels: Sequence, series: dict[str, Sequence[float]], *, sideways: bool = False) -> str:
    colors = (MAIN, SECOND)
    sets = [
        {
            "label": name,
            "data": list(values),
            "backgroundColor": color,
            "borderRadius": 4,
            "maxBarThickness": 30,
        }
        for (name, values), color in zip(series.items(), colors, strict=False)
    ]
    value, label = {"beginAtZero": True, "border": {"display": False}}, {"grid": {"display": False}}
    scales = {"x": value, "y": label} if sideways else {"x": label, "y": value}
    options = _options(scales, legend=len(sets) > 1) | {"indexAxis": "y" if sideways else "x"}
    return _config("bar", labels, sets, options)


def burn(labels: Sequence, cost: Sequence[float], *, name: str, limit: float | None, limit_name: str) -> str:
    """What was spent up to each day, and the line at which a budget is empty."""
    sets = [
        {"label": name, "data": list(cost), "borderColor": MAIN, "backgroundColor": MAIN, "borderWidth": 2, "pointRadius": 0}
    ]  # fmt: skip
    if limit is not None:
        sets.append(
            {
                "label": limit_name, "data": [limit] * len(labels), "borderColor": WARN, "backgroundColor": WARN, "borderWidth": 1.5,
                "borderDash": [6, 4], "pointRadius": 0,
            }
        )  # fmt: skip
    scales = {"x": {"grid": {"display": False}}, "y": {"beginAtZero": True, "border": {"display": False}}}
    return _config("line", labels, sets, _options(scales, legend=limit is not None))


def _options(scales: dict, *, legend: bool) -> dict:
    plugins = {"legend": {"display": legend, "position": "bottom"}}
    return {"maintainAspectRatio": False, "scales": scales, "plugins": plugins}


def _config(kind: str, labels: Sequence, sets: list[dict], options: dict) -> str:
    data = {"labels": [str(label) for label in labels], "datasets": sets}
    return json.dumps({"type": kind, "data": data, "options": options}, ensure_ascii=False)
