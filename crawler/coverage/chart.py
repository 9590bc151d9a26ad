"""Documents over time as a chart. Needs plotly (`pip install 'readouts[charts]'`)."""

from __future__ import annotations

import datetime
import html
from collections import Counter

import plotly.graph_objects as go

from crawler.coverage.reckoning import Coverage

#: More sections than this are drawn as one: a legend must be readable.
_MOST_SECTIONS = 12
_REST = "all other sections"
_AXIS = {"year": {"dtick": "M12", "tickformat": "%Y"}, "month": {"tickformat": "%Y-%m"}}
_MID_MONTH = datetime.timedelta(days=15)


def chart(coverage: Coverage) -> str:
    """An HTML fragment that needs nothing from elsewhere: bars by period, stacked by section; by months, those far
    below their neighbours are shaded."""
    totals: Counter[str] = Counter()
    for one in coverage.periods:
        totals[one.section] += one.documents
    drawn = {section for section, _ in totals.most_common(_MOST_SECTIONS)}
    bars: dict[str, Counter[str]] = {}
    for one in coverage.periods:
        bars.setdefault(one.section if one.section in drawn else _REST, Counter())[one.period] += one.documents
    figure = go.Figure(
        [
            # Plotly reads names as its own kind of HTML.
            go.Bar(name=html.escape(section), x=[_start(period) for period in counts], y=list(counts.values()))
            for section, counts in sorted(bars.items(), key=lambda bar: -bar[1].total())
        ]
    )
    figure.update_layout(
        barmode="stack",
        showlegend=True,
        margin={"t": 20, "r": 20},
        yaxis={"title": "documents", "rangemode": "tozero"},
        xaxis={"type": "date", **_AXIS[coverage.by]},
        template="plotly_white",
    )
    if coverage.by == "month":
        _shade(figure, coverage)
    return str(figure.to_html(full_html=False, include_plotlyjs=True, div_id="chart", config={"displaylogo": False}))


def _shade(figure: go.Figure, coverage: Coverage) -> None:
    for one in coverage.thin_months:
        if one.section is None:
            figure.add_vrect(
                x0=(datetime.date.fromisoformat(_start(one.first)) - _MID_MONTH).isoformat(),
                x1=(datetime.date.fromisoformat(_start(one.last)) + _MID_MONTH).isoformat(),
                fillcolor="crimson",
                opacity=0.15,
                line_width=0,
            )


def _start(period: str) -> str:
    """The first day of `2022` or `2022-10`."""
    return (period + "-01-01")[: len("2022-10-01")]
