"""The page `docs/analytics.md`, written from the catalogue of compositions."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote
from urllib.parse import quote as escaped
from urllib.parse import urlencode

from deskpulse.analytics.compose import COMPOSITIONS
from deskpulse.analytics.model import Composition

_INTRODUCTION = """\
A composition is several questions that belong together, asked in one call. It has no number of its own: each is a
[metric](metrics.md), asked as in [queries.md](queries.md), so that it equals the same number anywhere else.

- All take a period (`period`, or `from` and `to`; the data's last 30 days when left out), `compare`, `where` (several
  filters are ANDed), `segment`, `timezone` and `exact`; most take `by`. Those of the moment take no period.
- The answer has `sections`, each with `rows` and `totals`; every value has its `n` and the `link` to its rows, as many
  as it counts. `as_of` is the latest moment of the data. `definitions` tells what each metric means.
- No data is null. `missing` says why a metric has no value, `reason` why a whole section has none. `left_out` has the
  metrics that cannot be asked so, such as working time by channel, with the reason; the others are answered.
- With `compare` each value has `compared`, `change`, `percent_change`, and whether the difference is more than chance.
- JSON, CSV or Arrow by `Accept` (or `format`); CSV and Arrow have one row a value. `ETag` and `If-None-Match` work as
  for queries. `POST /api/v1/analytics/batch` asks several at once; `GET /api/v1/catalog/analytics` lists them.

```
deskpulse analytics
deskpulse analytics performance --by agent --compare previous
```

In Python: `deskpulse.open().analytics("performance", by="agent", compare="previous")`.
"""


def analytics_markdown() -> str:
    """Return the page: every composition with its sections, options and an example."""
    lines = ["# Analytics", "", *_INTRODUCTION.splitlines(), "", "| composition | address | what it tells |",
             "|---|---|---|"]  # fmt: skip
    for composition in COMPOSITIONS.values():
        lines.append(f"| `{composition.name}` | `/api/v1{composition.path}` | {composition.about} |")
    for composition in COMPOSITIONS.values():
        lines += ["", *_composition(composition)]
    return "\n".join(lines) + "\n"


def _composition(composition: Composition) -> Iterable[str]:
    yield f"## {composition.name}"
    yield ""
    yield f"**{composition.label}.** {composition.about}"
    yield ""
    yield "| section | what it tells | what it asks |"
    yield "|---|---|---|"
    for section in composition.sections:
        yield f"| `{section.name}` | {section.about} | {section.questions()} |"
    if composition.by:
        yield ""
        yield f"Cut by {', '.join(f'`{name}`' for name in composition.by)} unless `by` says otherwise."
    if composition.options:
        yield ""
        for option in composition.options:
            default = f"setting `{option.setting}`" if option.setting else option.default
            yield f"- `{option.name}`: {option.about}" + (f" Default: {default}." if default else "")
    yield ""
    yield "```"
    yield f"GET /api/v1{composition.path}?{urlencode(composition.example, quote_via=escaped)}"
    yield f"deskpulse analytics {composition.name} {_words(composition)}"
    yield "```"


def _words(composition: Composition) -> str:
    known = {"by", "period", "compare", "where", "from", "to", "segment", "timezone"}
    pairs = [
        f"--{name} {quote(value)}" if name in known else f"--set {quote(f'{name}={value}')}"
        for name, value in composition.example
    ]
    return " ".join(pairs)
