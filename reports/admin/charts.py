"""Charts as Chart.js reads them. Colours are the theme's and are resolved in the browser."""

import json
from collections.abc import Sequence

MAIN, SECOND = "var(--color-primary-500)", "#818cf8"


def bars(
    labels: Sequence[str | Sequence[str]],
    series: dict[str, Sequence[float]],
    *,
    sideways: bool = False,
    stacked: bool = False,
) -> str:
    """One bar a label and series. A label of several parts has as many lines."""
    value_axis = {
        "beginAtZero": True,
        "stacked": stacked,
        "border": {"display": False},
        "ticks": {"precision": 0},
    }
    label_axis = {"grid": {"display": False}, "stacked": stacked}
    scales = {"x": value_axis, "y": label_axis} if sideways else {"x": label_axis, "y": value_axis}
    datasets = [
        {"label": name, "data": [float(value) for value in values], "backgroundColor": color, "borderRadius": 4,
         "maxBarThickness": 34}
        for (name, values), color in zip(series.items(), (MAIN, SECOND), strict=False)
    ]  # fmt: skip
    options = {
        "indexAxis": "y" if sideways else "x",
        "maintainAspectRatio": False,
        "scales": scales,
        "plugins": {"legend": {"display": len(series) > 1, "position": "bottom"}},
    }
    return _config("bar", labels, datasets, options)


def curve(labels: Sequence[str], name: str, values: Sequence[float]) -> str:
    """One value over time."""
    dataset = {
        "label": name, "data": [float(value) for value in values], "borderColor": MAIN, "backgroundColor": MAIN,
        "tension": 0.35, "pointRadius": 2, "borderWidth": 2,
    }  # fmt: skip
    scales = {"x": {"grid": {"display": False}}, "y": {"beginAtZero": True, "border": {"display": False}}}
    options = {"maintainAspectRatio": False, "scales": scales, "plugins": {"legend": {"display": False}}}
    return _config("line", labels, [dataset], options)


def _config(kind, labels, datasets, options):
    return json.dumps(
        {
            "type": kind,
            "data": {"labels": [_label(label) for label in labels], "datasets": datasets},
            "options": options,
        },
        ensure_ascii=False,
    )


def _label(label):
    return (
        str(label)
        if isinstance(label, str) or not isinstance(label, Sequence)
        else [str(part) for part in label]
    )
