import json
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.charts.samples import by_name, over_time, sample

from deskpulse.charts.catalog import chart, charts
from deskpulse.charts.model import ChartData, Series
from deskpulse.charts.svg import DrawingError, chart_svg, option_svg

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "</text><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$text",
    "@number:int",
    "{b}: {c} {a|x}",
    "]]><!--",
    "&lt;already&gt;",
    "constructor",
    "__proto__",
)


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("kind", sorted(charts()))
def test_every_kind_draws_to_well_formed_svg_of_the_asked_size_in_both_themes(kind: str) -> None:
    for theme in ("light", "dark"):
        root = ET.fromstring(chart_svg(kind, sample(kind), theme=theme, width=420, height=200))
        assert root.tag == f"{SVG}svg"
        assert (root.get("width"), root.get("height")) == ("420", "200")
        assert len(list(root.iter(f"{SVG}path"))) >= 1


@pytest.mark.parametrize("kind", sorted(charts()))
@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_stays_a_label(kind: str, label: str) -> None:
    svg = chart_svg(kind, sample(kind, label, "Harmless"))
    root = ET.fromstring(svg)
    allowed = {"svg", "g", "path", "text", "tspan", "rect", "style", "defs", "clipPath", "circle", "linearGradient"}
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= allowed
    assert not [name for node in root.iter() for name in node.attrib if name.lower().startswith("on")]
    if kind not in (
        "heatmap",
        "sparkline",
        "bar",
        "histogram",
        "bar_horizontal",
        "waterfall",
    ):  # these cut or show no labels
        assert label in [text.replace("\u2060", "") for text in texts(svg)]


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    svg = chart_svg("donut", by_name(("a\x00b\x1b", "half \ud83d pair", "smile 😀"), legend=True))
    assert "smile 😀" in texts(svg)
    assert "ab" in texts(svg)


def test_colors_come_from_the_theme_and_no_token_is_left() -> None:
    light, dark = (chart_svg("area", over_time("One"), theme=theme) for theme in ("light", "dark"))
    assert "#5b5bd6" in light
    assert "#7f7ff2" in dark
    assert "$" not in light + dark


def test_the_same_option_gives_the_same_text_and_two_charts_share_no_ids() -> None:
    one, same, other = (chart_svg("area", over_time(name, "B"), width=300) for name in ("A", "A", "Z"))
    assert one == same

    def ids(svg: str) -> set[str]:
        return set(re.findall(r'id="([^"]+)"', svg))

    assert ids(one)
    assert not ids(one) & ids(other)


def test_many_threads_draw_at_once() -> None:
    names = [f"Series {number}" for number in range(24)]
    expected = {name: chart_svg("line", over_time(name, legend=True)) for name in names}
    with ThreadPoolExecutor(8) as pool:
        drawn = dict(zip(names, pool.map(lambda n: chart_svg("line", over_time(n, legend=True)), names), strict=True))
    assert drawn == expected
    assert all(name in texts(drawn[name]) for name in names)


def test_a_chart_takes_milliseconds() -> None:
    chart_svg("area", over_time("warm"))
    begun = time.process_time()
    for number in range(5):
        chart_svg("area", over_time(*(f"{number} {place}" for place in range(6))))
    assert (time.process_time() - begun) / 5 < 0.5  # about 0.02 on an idle machine


def test_no_label_is_clipped_at_a_phones_width() -> None:
    labels = ("Tier 1", "Billing desk", "Enterprise", "An extremely long name of a team")
    data = by_name(labels, unit="seconds")
    big = ChartData(
        title="t", categories=data.categories, unit="seconds",
        series=(Series(name="Resolution", values=(7_200.0, 9_000.0, 95_000.0, None)),),
    )  # fmt: skip
    from deskpulse.charts.svg import HERE

    widths = json.loads((HERE / "assets/inter/widths.json").read_text(encoding="utf-8"))["400"]
    for kind in ("bar", "bar_horizontal", "line", "histogram"):
        found = ET.fromstring(chart_svg(kind, big, width=340))
        for node in found.iter(f"{SVG}text"):
            place = re.search(r"translate\(([-\d.]+) ([-\d.]+)\)", node.get("transform", ""))
            assert place is not None
            text = "".join(node.itertext())
            long = sum(widths.get(sign, 600) for sign in text) * 11 / 1000
            share = {"start": 0.0, "middle": 0.5, "end": 1.0}[node.get("text-anchor", "start")]
            left = float(place[1]) - share * long
            assert left >= -1, (kind, text)
            assert left + long <= 341, (kind, text)


def test_an_option_that_cannot_be_drawn_is_an_error_and_the_next_chart_is_drawn() -> None:
    option = chart("line").build(over_time("A"))
    with pytest.raises(DrawingError, match="no color nowhere"):
        option_svg(option | {"backgroundColor": "$nowhere"})
    with pytest.raises(DrawingError, match="no formatter"):
        option_svg(option | {"xAxis": {"axisLabel": {"formatter": "@nothing"}}})
    assert "<svg" in option_svg(option)


_ANY_THREAD = """
import threading
from concurrent.futures import ThreadPoolExecutor
from deskpulse.charts import svg

option = {"series": [{"type": "bar", "data": [1, 2]}], "xAxis": {"data": ["a", "b"]}, "yAxis": {}}
first = threading.Thread(target=svg.option_svg, args=(option,))
first.start()
first.join()
svg._made.cache_clear()
with ThreadPoolExecutor(4) as threads:
    drawn = list(threads.map(svg.option_svg, [option] * 12))
print(drawn[-1][:4])
"""


def test_the_engine_begins_anew_whichever_thread_began_it_first() -> None:
    told = subprocess.run([sys.executable, "-c", _ANY_THREAD], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout.strip()) == (0, "<svg"), told.stderr[-500:]
