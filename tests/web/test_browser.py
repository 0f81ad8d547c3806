"""The pages in a real browser: what is drawn, what a click does, what must not happen."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("DESKPULSE_SHOTS", "")
"""A folder to write screenshots to: `DESKPULSE_SHOTS=docs/images pytest tests/web -m browser`."""
ROWS = 3_000


class Visitor:
    """A browser's page that notes what must not happen: errors, and requests to other hosts."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.page: Page = context.new_page()
        self.base = base
        self.problems: list[str] = []
        self.page.on("console", lambda m: self._note(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("request", lambda request: self._check(request.url))

    def _note(self, problem: str) -> None:
        self.problems.append(problem)

    def _check(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self._note(f"asked for {url}")

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        self.page.wait_for_function("window.__drawn", timeout=30_000)
        return self.page

    def shot(self, name: str, *, full: bool = True) -> None:
        if SHOTS:
            self.page.wait_for_timeout(600)
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=full)


@pytest.fixture(params=["light"])
def visitor(request: pytest.FixtureRequest, browser: Browser, served: str) -> Iterator[Visitor]:
    yield from visiting(browser, served, theme=request.param)


@pytest.fixture
def phone(browser: Browser, served: str) -> Iterator[Visitor]:
    yield from visiting(browser, served, width=390, height=844)


def visiting(
    browser: Browser, served: str, *, theme: str = "light", width: int = 1440, height: int = 900
) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
    found = Visitor(context, served)
    yield found
    context.close()
    assert found.problems == []


def kpi(page: Page, label: str = "Tickets created") -> int:
    text = page.locator(".kpi", has_text=label).locator(".kpi-value > span").first.inner_text()
    return int(text.replace(",", ""))


@pytest.mark.parametrize("visitor", ["light", "dark"], indirect=True)
def test_the_overview_is_drawn_whole(visitor: Visitor, request: pytest.FixtureRequest) -> None:
    page = visitor.open("/")
    theme = request.node.callspec.params["visitor"]
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.locator("#skeleton").count() == 0
    assert page.locator(".kpi").count() == 6
    assert page.locator(".chart-card .canvas:has(canvas)").count() == 7
    assert page.evaluate("Object.keys(window.__drawn).length") == page.evaluate("window.__charts_expected") == 7
    assert kpi(page) > 0
    assert page.locator(".rows tbody tr").count() == 10
    page.wait_for_timeout(400)
    painted = page.evaluate("""() => [...document.querySelectorAll('.canvas')].map((e) => {
        const canvas = e.querySelector('canvas');
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        return data.some((value, i) => i % 4 === 3 && value > 0); })""")
    assert all(painted)
    visitor.shot(f"overview-{theme}")


@pytest.mark.parametrize("path", ["/", "/tickets", "/import", "/?workspace=empty"])
def test_nothing_hangs_over_on_a_phone(phone: Visitor, path: str) -> None:
    page = phone.open(path)
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    cut = page.evaluate("""() => [...document.querySelectorAll('h1, h2, .kpi-label, .kpi-value, .button, .nav, .pill')]
        .filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
        .map((e) => e.innerText)""")
    assert cut == []
    phone.shot(f"phone{path.replace('/', '-').replace('?', '')}", full=path != "/tickets")


def test_a_click_filters_everything_and_the_address_remembers(visitor: Visitor) -> None:
    page = visitor.open("/")
    before = kpi(page)
    page.locator(".chart-card[aria-label=Channels] .legend button", has_text="Email").click()
    chip = page.locator(".filters .chip.on")
    chip.wait_for()
    page.wait_for_function("document.querySelector('#main').getAttribute('aria-busy') === 'false'")
    email = kpi(page)
    assert 0 < email < before
    page.wait_for_url("**where=channel+%3D+email**")
    assert page.locator(".chart-card[aria-label=Channels] .legend .dim").count() == 4
    page.locator(".chart-card[aria-label=Channels] .legend button", has_text="Chat").click()
    page.wait_for_function(f"document.querySelector('.kpi-value span').innerText.replace(',', '') != '{email}'")
    assert email < kpi(page) < before
    again = page.url
    page.locator(".chip-x").click()
    page.wait_for_function("!document.querySelector('.filters .chip.on')")
    page.wait_for_function(f"document.querySelector('.kpi-value span').innerText.replace(',', '') == '{before}'")
    assert (
        visitor.open(again.removeprefix(visitor.base)).locator(".filters .chip.on").inner_text().startswith("Channel")
    )


def test_a_click_in_a_picture_filters_too(visitor: Visitor) -> None:
    page = visitor.open("/")
    before = kpi(page)
    card = page.locator(".chart-card[aria-label='Busiest hours']")
    card.scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    box = card.locator("canvas").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.2)
    page.wait_for_function("document.querySelectorAll('.filters .chip.on').length === 2")
    page.wait_for_function(f"document.querySelector('.kpi-value span').innerText.replace(',', '') != '{before}'")
    assert "weekday" in page.url
    assert "hour" in page.url
    assert page.locator(".notice").count() == 0
    assert page.locator(".kpi", has_text="Backlog").locator(".kpi-value").inner_text() == "–"


def test_period_comparison_and_cut_are_chosen(visitor: Visitor) -> None:
    page = visitor.open("/")
    month = kpi(page)
    page.get_by_role("button", name="7d").click()
    page.wait_for_url("**period=7d**")
    page.wait_for_function(f"document.querySelector('.kpi-value span').innerText.replace(',', '') != '{month}'")
    assert kpi(page) < month
    assert page.get_by_role("button", name="7d").get_attribute("aria-pressed") == "true"
    page.get_by_label("Compare with").last.select_option("")
    page.wait_for_function("!document.querySelector('.kpi .pill')")
    page.get_by_label("Ticket volume: cut by").select_option("priority")
    page.locator(".legend", has_text="Urgent").wait_for()
    page.get_by_role("button", name="Custom period").click()
    page.get_by_label("From").fill("2026-05-01")
    page.get_by_label("To", exact=True).fill("2026-05-10")
    page.get_by_role("button", name="Show this period").click()
    page.locator(".range", has_text="May 1 – May 10, 2026").wait_for()
    page.wait_for_url("**from=2026-05-01**")
    assert "to=2026-05-11" in page.url


def test_filters_are_chosen_from_a_list(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("button", name="Priority", exact=True).click()
    page.locator(".values label", has_text="Urgent").click()
    page.locator(".filters .chip.on", has_text="Urgent").wait_for()
    page.locator(".values label", has_text="High").click()
    page.locator(".filters .chip.on", has_text="Urgent, High").wait_for()
    visitor.shot("filter")
    page.keyboard.press("Escape")
    assert page.locator(".filter-popup").count() == 0


def test_every_chart_has_its_numbers_as_a_table(visitor: Visitor) -> None:
    page = visitor.open("/")
    for card in page.locator(".chart-card").all():
        card.get_by_label("Show as table").click()
        assert card.locator("tbody tr").count() >= 5
    first = page.locator(".chart-card").first
    columns = first.locator("thead th").count() - 1
    cells = [int(text.replace(",", "")) for text in first.locator("tbody td").all_inner_texts()]
    assert columns == 7
    assert sum(cells) == kpi(page)


def test_a_number_leads_to_exactly_its_tickets(visitor: Visitor) -> None:
    page = visitor.open("/")
    wanted = kpi(page)
    page.locator(".kpi", has_text="Tickets created").locator("a.cover").click(position={"x": 20, "y": 20})
    page.wait_for_url("**/tickets?**")
    page.locator(".count", has_text=re.compile(f"^{wanted:,} tickets$")).wait_for()


def test_the_theme_is_remembered(visitor: Visitor) -> None:
    page = visitor.open("/")
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^Theme")).click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert visitor.open("/tickets").evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_list_of_tickets_pages_sorts_and_searches(visitor: Visitor) -> None:
    page = visitor.open("/tickets?period=12m")
    total = int(page.locator(".count").inner_text().split()[0].replace(",", ""))
    assert total > 500
    for turn in range(1, 5):
        page.evaluate("document.querySelector('.window').scrollTop = 1e9")
        page.wait_for_function(f"document.querySelector('.rows-space').offsetHeight > {turn} * 100 * 45")
    assert page.locator(".grid.row").count() < 120, "only rows in sight are in the document"
    visitor.shot("tickets", full=False)
    page.get_by_role("button", name="Priority").click()
    page.wait_for_url("**sort=priority**")
    page.wait_for_function("document.querySelector('.window').scrollTop === 0")
    page.locator(".grid.row .pill", has_text="High").first.wait_for()
    page.get_by_label("Search subject and text").fill("refund")
    page.wait_for_function(f"!document.querySelector('.count').innerText.startsWith('{total:,} ')")
    found = int(page.locator(".count").inner_text().split()[0].replace(",", ""))
    assert 0 < found < total
    assert "search=refund" in page.url


def test_a_ticket_opens_at_the_side_and_by_its_address(visitor: Visitor) -> None:
    page = visitor.open("/tickets")
    subject = page.locator(".grid.row .subject b").nth(1).inner_text()
    page.locator(".grid.row").nth(1).click()
    panel = page.get_by_role("dialog")
    panel.locator(".thread article").first.wait_for()
    assert panel.locator("h2").inner_text() == subject
    visitor.shot("ticket", full=False)
    address = page.url
    page.keyboard.press("Escape")
    panel.wait_for(state="detached")
    assert "ticket=" not in page.url
    page = visitor.open(address.removeprefix(visitor.base))
    assert page.get_by_role("dialog").locator("h2").inner_text() == subject


def test_hostile_texts_are_shown_as_texts(visitor: Visitor) -> None:
    page = visitor.open("/?workspace=hostile")
    for path in ("/?workspace=hostile", "/tickets?workspace=hostile", "/tickets?workspace=hostile&ticket=h-1"):
        page = visitor.open(path)
        page.wait_for_timeout(400)
        assert "hacked" not in page.title()
        assert page.locator("img").count() == 0
        assert page.get_by_text("{{ 7 * 7 }}").count() > 0 or path.startswith("/?")
    assert page.locator(".said", has_text="<script>").count() == 1


def test_hovering_a_hostile_name_does_nothing(visitor: Visitor) -> None:
    page = visitor.open("/?workspace=hostile")
    box = page.locator(".chart-card[aria-label=Channels] canvas").first.bounding_box()
    assert box is not None
    for step in range(60):  # a move that comes before the chart is drawn shows nothing
        page.mouse.move(box["x"] + box["width"] / 2 + step % 5, box["y"] + box["height"] * 0.11)
        page.wait_for_timeout(500)
        if page.locator(".tip-row").count():
            break
    page.locator(".tip-row").wait_for()
    assert page.locator(".tip img").count() == 0
    assert "hacked" not in page.title()


def test_it_can_be_used_by_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.legend')?.tagName") == "UL":
            break
    page.keyboard.press("Enter")
    page.locator(".filters .chip.on").wait_for()


def test_controls_have_names(visitor: Visitor) -> None:
    for path in ("/", "/tickets", "/import"):
        page = visitor.open(path)
        nameless = page.evaluate("""() => [...document.querySelectorAll('button, a[href], input, select')]
            .filter((e) => !(e.innerText || e.getAttribute('aria-label') || e.title || e.labels?.length || e.ariaLabel))
            .map((e) => e.outerHTML.slice(0, 120))""")
        assert nameless == []
        assert page.locator("h1").count() == 1
        assert page.locator("main[role=none]").count() == 1, "Quasar's own main is no landmark"
        assert page.locator("html").get_attribute("lang")


def test_a_file_is_imported_from_drop_to_undo(visitor: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "helpdesk export.csv"
    rows = [f"{i},Subject {i},2026-05-{1 + i % 28:02d} 10:00,open,email,Agent {i % 5},{i % 3}" for i in range(ROWS)]
    rows.append("x,Broken,no date,open,email,Agent 1,2")
    path.write_text("Ticket ID,Subject,Created,Status,Channel,Agent,Odd\n" + "\n".join(rows), "utf-8")
    page = visitor.open("/import?workspace=empty")
    page.locator("input[type=file]").set_input_files(path)
    page.locator(".mapping h2", has_text="helpdesk export.csv").wait_for()
    assert page.get_by_label("Read Created as").input_value() == "created_at"
    visitor.shot("import-mapping")
    page.get_by_label("Read Odd as").select_option("category")
    page.locator("tr", has_text="Odd").locator(".sure").wait_for()
    page.get_by_role("button", name="Import", exact=True).click()
    run = page.locator(".run").first
    run.get_by_text("Done", exact=True).wait_for(timeout=60_000)
    facts = dict(zip(run.locator("dt").all_inner_texts(), run.locator("dd").all_inner_texts(), strict=True))
    assert facts["Tickets"] == f"{ROWS:,}"
    assert facts["Rejected"] == "1"
    visitor.shot("import-done")
    with page.expect_download() as download:
        run.get_by_text("Download rejected rows").click()
    assert "no date" in Path(download.value.path()).read_text("utf-8")
    overview = visitor.open("/?workspace=empty")
    assert kpi(overview) > ROWS / 2
    page = visitor.open("/import?workspace=empty")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Yes, undo").click()
    page.locator(".run").first.get_by_text("Undone", exact=True).wait_for(timeout=30_000)
    assert visitor.open("/?workspace=empty").get_by_text("has no data yet").count() == 1


def test_a_file_that_cannot_be_read_is_told(visitor: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 this is no workbook")
    page = visitor.open("/import?workspace=empty")
    page.locator("input[type=file]").set_input_files(path)
    page.locator(".problem").wait_for()
    assert page.locator(".problem").inner_text()


def test_quick_clicks_end_with_the_last_choice(visitor: Visitor) -> None:
    page = visitor.open("/")
    for name in ("7d", "90d", "12m", "30d", "7d"):
        page.get_by_role("button", name=name).click()
    page.wait_for_url("**period=7d**")
    page.wait_for_timeout(1_500)
    shown = kpi(page)
    assert kpi(visitor.open("/?period=7d")) == shown
