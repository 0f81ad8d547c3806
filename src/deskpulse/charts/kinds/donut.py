"""A ring: the parts of one whole."""

from __future__ import annotations

from deskpulse.charts.formats import NO_DATA, NUMBERS
from deskpulse.charts.frame import DIMMED, frame, full_format, segment_color
from deskpulse.charts.model import Chart, ChartData, Option


def build_donut(data: ChartData) -> Option:
    """Return a ring of the first series, its total in the middle; a category whose slot is None is gray."""
    values = data.series[0].values if data.series else ()
    known = [value for value in values if value is not None]
    whole = sum(known)
    total = NUMBERS["int" if abs(whole) < 999_999.5 else "short"](whole) if known else NO_DATA
    option = frame(data, tooltip={"trigger": "item", "formatter": f"@tip_share:{full_format(data)}"})
    del option["grid"]
    slots = data.slots or range(len(data.categories))
    middle = "46%" if data.legend else "50%"
    return option | {
        "title": {
            "text": total,
            "subtext": data.series[0].name.lower() if data.series else "",
            "left": "center",
            "top": "36%" if data.legend else "40%",
            "itemGap": 4,
            "textStyle": {"fontSize": 20, "fontWeight": 600, "color": "$text", "lineHeight": 22},
            "subtextStyle": {"fontSize": 11.5, "color": "$muted"},
        },
        "series": [
            {
                "type": "pie",
                "radius": ["60%", "84%"],
                "center": ["50%", middle],
                "startAngle": 90,
                "padAngle": 1.5 if len(known) > 1 else 0,
                "minAngle": 3,
                "label": {"show": False},
                "labelLine": {"show": False},
                "emphasis": {"scaleSize": 3},
                "itemStyle": {"borderRadius": 3},
                "data": [
                    {
                        "name": name,
                        "value": value,
                        "itemStyle": {
                            "color": segment_color(slots[index]),
                            "opacity": DIMMED if data.is_dimmed(name) else 1,
                        },
                    }
                    for index, (name, value) in enumerate(zip(data.categories, values, strict=True))
                    if value
                ],
            }
        ],
    }


DONUT = Chart(
    name="donut",
    label="Donut",
    about="The parts of one whole, when they are few; for many parts take horizontal bars.",
    build=build_donut,
)
