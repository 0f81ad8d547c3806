"""Draws a chart's option to SVG, for documents: the ECharts that NiceGUI's wheel carries, run by mini-racer."""

from __future__ import annotations

import atexit
import hashlib
import json
import queue
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from deskpulse.charts.catalog import chart
from deskpulse.charts.model import ChartData, Option
from deskpulse.charts.palette import THEMES, Theme
from deskpulse.core.errors import DeskpulseError

T = TypeVar("T")
HERE = Path(__file__).parent
TIMEOUT_SECONDS = 20.0
MAX_MEMORY = 512 * 1024 * 1024
# What XML cannot hold: control characters, halves of surrogate pairs, U+FFFE and U+FFFF.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Styles for a mouse over the picture, and two attributes that ECharts lets slip; labels hold no bare quote or "<".
_WITHOUT_BROWSER = re.compile(r'<style\b.*?</style>\s*| (?:class|prev|next|pointer-events)="[^"]*"', re.DOTALL)


class DrawingError(DeskpulseError):
    """A chart could not be drawn."""

    code = "drawing"


def chart_svg(kind: str, data: ChartData, *, theme: Theme = "light", width: int = 640, height: int = 0) -> str:
    """Return the chart `kind` of `data` as a complete `<svg>`; `height` 0 takes the kind's own."""
    found = chart(kind)
    return option_svg(found.build(data), theme=theme, width=width, height=height or found.height)


def option_svg(option: Option, *, theme: Theme = "light", width: int = 640, height: int = 250) -> str:
    """Return an option as a complete `<svg>` of `width` × `height` pixels; safe to call from any thread.

    The same option gives the same text, and two different options share no ids, so that several can stand in one
    HTML page. DrawingError when ECharts refuses the option or takes too long.
    """
    job = {"option": _printable(option), "palette": dict(THEMES[theme]), "width": width, "height": height}
    text = json.dumps(job, ensure_ascii=True, allow_nan=False, sort_keys=True)
    svg = _WITHOUT_BROWSER.sub("", _painter().draw(text))
    prefix = f"c{hashlib.sha256(text.encode()).hexdigest()[:10]}"
    return re.sub(r"\bzr\d+-", f"{prefix}-", svg)


def _printable(value: Any) -> Any:
    """Return a copy of a JSON-like value whose texts hold only what an SVG may hold."""
    match value:
        case str():
            return _UNPRINTABLE.sub("", value)
        case list() | tuple():
            return [_printable(item) for item in value]
        case dict():
            return {name: _printable(item) for name, item in value.items()}
        case _:
            return value


class _Engine:
    """The thread that begins and ends JavaScript contexts.

    With memory protection keys, V8 crashes when another thread than the one that began it first does that.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        # A daemon: it has to live until the last context is closed, when the process ends.
        threading.Thread(target=self._work, name="charts", daemon=True).start()

    def do(self, job: Callable[[], T]) -> T:
        """Run `job` on the thread and return what it returns."""
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future.result()

    def _work(self) -> None:
        while True:
            job, future = self._jobs.get()
            try:
                future.set_result(job())
            except BaseException as error:
                future.set_exception(error)


_making = threading.Lock()


@cache
def _engine() -> _Engine:
    return _Engine()


class _Painter:
    """One JavaScript context with ECharts in it, used by one thread at a time."""

    def __init__(self) -> None:
        from py_mini_racer import MiniRacer

        self._lock = threading.Lock()
        self._context = _engine().do(MiniRacer)
        self._context.eval(_program(), timeout_sec=TIMEOUT_SECONDS)
        # Left to the interpreter's last clean-up, the engine now and then waits forever for its own thread.
        atexit.register(self.close)

    def close(self) -> None:
        """End the context."""
        _engine().do(self._context.close)

    def draw(self, job: str) -> str:
        from py_mini_racer import JSEvalException, JSOOMException, JSTimeoutException

        with self._lock:
            try:
                svg: Any = self._context.eval(
                    f"drawSvg(JSON.parse({json.dumps(job)}))", timeout_sec=TIMEOUT_SECONDS, max_memory=MAX_MEMORY
                )
            except JSEvalException as error:
                if isinstance(error, JSTimeoutException | JSOOMException):
                    _made.cache_clear()  # the context is not to be trusted any more; it ends with the process
                raise DrawingError(
                    f"The chart could not be drawn: {str(error).strip().splitlines()[0]}",
                    hint="Draw fewer points, or another chart kind.",
                ) from error
        return str(svg)


@cache
def _made() -> _Painter:
    return _Painter()


def _painter() -> _Painter:
    """Return the painter; several threads that ask at once get the same one."""
    with _making:
        return _made()


def _program() -> str:
    """Return all JavaScript that the context needs, as one script."""
    formats = re.sub(r"^export (?=function|const)", "", _script("index.js"), flags=re.MULTILINE)
    formats = re.sub(r"^export \{[^}]*\};$", "", formats, flags=re.MULTILINE)
    widths = (HERE / "assets/inter/widths.json").read_text(encoding="utf-8")
    return "\n".join((_echarts(), f"const widthsText = {json.dumps(widths)};", formats, _script("draw.js")))


def _script(name: str) -> str:
    return (HERE / "script" / name).read_text(encoding="utf-8")


def _echarts() -> str:
    """Return ECharts as a script that defines `echarts`, made from the ES module inside NiceGUI's wheel.

    `dist/index.js` says under which letters the module exports ECharts; nicegui itself is not imported.
    """
    spec = find_spec("nicegui")
    if spec is None or spec.origin is None:
        raise DrawingError("NiceGUI is not installed, and with it ECharts.", hint="Install deskpulse anew.")
    dist = Path(spec.origin).parent / "elements" / "echart" / "dist"
    door = (dist / "index.js").read_text(encoding="utf-8")
    imported = re.search(r'import\{(?P<names>[^}]*)\}from"(?P<file>[^"]+)"', door)
    exported = re.search(r"(?P<inner>[\w$]+) as echarts", door)
    if imported is None or exported is None:
        raise DrawingError("NiceGUI's ECharts has another form than expected.", hint="Install the locked NiceGUI.")
    outer = re.search(rf"([\w$]+) as {re.escape(exported['inner'])}\b", imported["names"])
    source = (dist / imported["file"]).read_text(encoding="utf-8")
    names = re.search(r"export\{(?P<names>[^{}]*)\};\s*(?://.*)?\s*$", source)
    name = outer and names and re.search(rf"([\w$]+) as {re.escape(outer[1])}(?:,|$)", names["names"])
    if names is None or not name:
        raise DrawingError("NiceGUI's ECharts has another form than expected.", hint="Install the locked NiceGUI.")
    body = re.sub(r"\bimport\(", "(() => { throw new Error('no modules'); })(", source[: names.start()])
    return f"const echarts = (() => {{\n{body}\nreturn {name[1]};\n}})();"
