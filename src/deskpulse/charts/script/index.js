// How numbers, periods and tooltips are written in charts, in the browser and in documents alike.
// formats.py writes numbers the same way for tables and cards; tests hold the two together.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const NO_DATA = "–";

const isMissing = (value) => value === null || value === undefined || value === "" || Number.isNaN(Number(value));

/** Write a number with a fixed count of decimals, halves away from zero, thousands with commas, a true minus sign. */
function fixed(value, decimals) {
  const scale = 10 ** decimals;
  const rounded = Math.floor(Math.abs(value) * scale + 0.5) / scale;
  const [whole, rest] = rounded.toFixed(decimals).split(".");
  const sign = value < 0 && rounded > 0 ? "−" : "";
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? "." + rest : "");
}

const trimmed = (value, decimals) => {
  const text = fixed(value, decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
};

function short(value) {
  const size = Math.abs(value);
  for (const [limit, unit] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]]) {
    if (size >= limit * 0.9995) return trimmed(value / limit, size < limit * 100 ? 1 : 0) + unit;
  }
  return trimmed(value, size < 10 ? 2 : size < 100 ? 1 : 0);
}

function duration(seconds) {
  const size = Math.abs(seconds);
  if (size < 59.5) return fixed(seconds, 0) + " s";
  if (size < 3570) return trimmed(seconds / 60, size < 594 ? 1 : 0) + " min";
  if (size < 171000) return trimmed(seconds / 3600, 1) + " h";
  return trimmed(seconds / 86400, size < 8596800 ? 1 : 0) + " d";
}

const numbers = {
  int: (value) => fixed(value, 0),
  short,
  percent: (value) => fixed(value * 100, 1) + "%",
  percent_short: (value) => trimmed(value * 100, 1) + "%",
  duration,
  score: (value) => fixed(value, Math.abs(value) < 9.995 ? 2 : 1),
  decimal: (value) => trimmed(value, 2),
  money: (value) => fixed(value, Math.abs(value) < 999.995 ? 2 : 0),
};

const monthDay = (iso) => `${MONTHS[Number(iso.slice(5, 7)) - 1]} ${Number(iso.slice(8, 10))}`;
const weekday = (iso) => WEEKDAYS[new Date(iso.slice(0, 10) + "T00:00:00Z").getUTCDay()];
const isDate = (text) => /^\d{4}-\d\d-\d\d/.test(text);
const twoDigits = (hour) => String(hour).padStart(2, "0") + ":00";

const clock = (iso) => `${monthDay(iso)}, ${iso.slice(11, 16)}`;
const longClock = (iso) => `${weekday(iso)}, ${clock(iso)}`;

const periods = {
  name: (text) => String(text),
  "15min": clock,
  "30min": clock,
  hour: clock,
  day: monthDay,
  week: monthDay,
  month: (iso) => `${MONTHS[Number(iso.slice(5, 7)) - 1]} ${iso.slice(0, 4)}`,
  quarter: (iso) => `Q${Math.floor((Number(iso.slice(5, 7)) - 1) / 3) + 1} ${iso.slice(0, 4)}`,
  year: (iso) => iso.slice(0, 4),
  hour_of_day: twoDigits,
  weekday: (text) => String(text),
};

const longPeriods = {
  ...periods,
  day: (iso) => `${weekday(iso)}, ${monthDay(iso)}, ${iso.slice(0, 4)}`,
  week: (iso) => `Week of ${monthDay(iso)}, ${iso.slice(0, 4)}`,
  "15min": longClock,
  "30min": longClock,
  hour: longClock,
};

const PLAIN_PERIODS = ["name", "hour_of_day", "weekday"];
const period = (how, table) => (text) =>
  PLAIN_PERIODS.includes(how) || isDate(String(text)) ? table[how](String(text)) : String(text);
const number = (how) => (value) => (isMissing(value) ? NO_DATA : numbers[how](Number(value)));

/** Cut a name to a number of characters (not code units). */
const cut = (limit) => (text) => {
  const signs = [...String(text)];
  return signs.length > limit ? signs.slice(0, limit - 1).join("").trimEnd() + "…" : String(text);
};

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign]);

const tipHead = (text) => `<div class="tip-head">${escaped(text)}</div>`;
const tipRow = (marker, name, value, extra = "") =>
  `<div class="tip-row">${marker}<span>${escaped(name)}</span><b>${escaped(value)}</b>${
    extra ? `<i>${escaped(extra)}</i>` : ""
  }</div>`;
const plain = (value) => (Array.isArray(value) ? value[value.length - 1] : value);

const hasBand = (points) => points.some((p) => /^band(80|95)/.test(String(p.seriesId)));

/** The two ends of a band, which is drawn as its lower edge and the height above it. */
function bandRow(points, name, unit) {
  const [low, height] = ["lower", "upper"].map((end) => points.find((p) => p.seriesId === `${name}-${end}`)?.value);
  if (isMissing(low) || isMissing(height)) return "";
  return tipRow("", `${name.slice(4)}%`, `${number(unit)(low)} – ${number(unit)(Number(low) + Number(height))}`);
}

const tips = {
  /** All series at one place of the axis, the topmost first; a total when they are stacked. */
  axis: (unit, axis, stacked) => (points) => {
    const shown = points.filter((p) => !String(p.seriesId).startsWith("band"));
    const head = tipHead(period(axis, longPeriods)(points[0].axisValue));
    const rows = [...shown].reverse().filter((p) => !hasBand(points) || !isMissing(plain(p.value)))
      .map((p) => tipRow(p.marker, p.seriesName, number(unit)(plain(p.value))));
    rows.push(...["band80", "band95"].map((name) => bandRow(points, name, unit)));
    if (!stacked || shown.length < 2) return head + rows.join("");
    const total = shown.reduce((sum, p) => sum + (isMissing(plain(p.value)) ? 0 : Number(plain(p.value))), 0);
    return head + rows.join("") + tipRow("", "Total", number(unit)(total));
  },
  /** One segment with its share of the whole. */
  share: (unit) => (p) => tipRow(p.marker, p.name, number(unit)(p.value), numbers.percent(p.percent / 100)),
  /** One step of a waterfall, as its data says it. */
  step: (p) => tipHead(p.name) + tipRow("", "", p.data.told),
  /** One cell of weekday × hour. */
  cell: (unit, days) => (p) =>
    tipHead(`${days.split("|")[p.value[1]]} ${twoDigits(p.value[0])}`) + tipRow(p.marker, "", number(unit)(p.value[2])),
};

/** Return the function that "@kind:argument:…" names: @number:int, @period:day, @cut:12, @tip_axis:int:day. */
export function formatter(spec) {
  const [kind, ...rest] = spec.slice(1).split(":");
  if (kind === "number" && rest[0] in numbers) return number(rest[0]);
  if (kind === "period" && rest[0] in periods) return period(rest[0], periods);
  if (kind === "cut") return cut(Number(rest[0]));
  if (kind === "every") return (text, index) => (index % Number(rest[0]) ? "" : twoDigits(text));
  if (kind === "tip_axis") return tips.axis(rest[0], rest[1], rest[2] === "stacked");
  if (kind === "tip_step") return tips.step;
  if (kind === "tip_share") return tips.share(rest[0]);
  if (kind === "tip_cell") return tips.cell(rest[0], rest[1]);
  throw new Error(`no formatter ${spec}`);
}

const HOLDS_COLOR = /color0?$/i;
const HOLDS_FORMATTER = /formatter$/i;

/**
 * Return a copy of an option with "$token" colors and "@name" formatters put in. Only keys that hold colors or
 * formatters are looked at, so that a label can never become either.
 */
export function resolve(value, color, key = "") {
  if (typeof value === "string") {
    if (value[0] === "$" && HOLDS_COLOR.test(key)) return color(value.slice(1));
    if (value[0] === "@" && HOLDS_FORMATTER.test(key)) return formatter(value);
    return value === "__proto__" ? "__proto__\u2060" : value; // ECharts uses names as keys: an invisible sign defuses it
  }
  if (Array.isArray(value)) {
    return typeof value[0] === "number" ? value : value.map((item) => resolve(item, color, key));
  }
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item, color, name)]));
  }
  return value;
}

export { numbers, number, period, periods, longPeriods };
