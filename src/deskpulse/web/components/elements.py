"""The components of pages that show numbers."""

from __future__ import annotations

import nicegui.elements.echart  # noqa: F401  names the ECharts of NiceGUI's wheel for the browser's imports

from deskpulse.charts.svg import HERE as CHARTS
from deskpulse.web.components.card import CardElement


class ChartCard(CardElement, component="chart_card.js", esm={"deskpulse-charts": str(CHARTS / "script")}):
    """A chart with its title, legend and table; events `pick` (a part of it), `choose` (another cut), `act`."""


class Kpi(CardElement, component="kpi.js"):
    """A key figure."""


class Ranking(CardElement, component="ranking.js"):
    """A table of names and numbers; events `pick` (a name) and `choose` (other names)."""


class TicketList(CardElement, component="ticket_list.js"):
    """Tickets, row by row; events `more`, `sort`, `search`, `open` and `unmetric`."""


class TicketView(CardElement, component="ticket_view.js"):
    """One ticket at the side of the page; events `close`, `correct` (a label, to a value) and `learn`."""


class DropZone(CardElement, component="drop_zone.js"):
    """Takes a file and sends it to `/uploads`; event `uploaded`."""


class MappingTable(CardElement, component="mapping.js"):
    """How a file would be read; events `map`, `shape`, `zone`, `source`, `start` and `forget`."""


class RunList(CardElement, component="run_list.js"):
    """Import runs; events `cancel`, `resume`, `undo` and `more`."""
