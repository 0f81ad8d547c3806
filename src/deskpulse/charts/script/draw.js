// Draws options to SVG texts without a browser; runs inside mini-racer after ECharts and index.js.

const WIDTHS = JSON.parse(widthsText);
const WIDE = /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Return a text's width in pixels, by the advances of Inter's glyphs; other scripts are estimated. */
function measured(text, font) {
  const size = Number.parseFloat(/([\d.]+)px/.exec(font || "")?.[1] ?? "12");
  const isBold = /\b(bold|[6-9]00)\b/.test(font || "");
  const table = WIDTHS[isBold ? "600" : "400"];
  let sum = 0;
  for (const sign of String(text)) sum += table[sign] ?? (WIDE.test(sign) ? 1000 : 640);
  return { width: (sum * size) / 1000 };
}

echarts.setPlatformAPI({ measureText: measured });

/** Return the SVG text of `job`: {option, palette, width, height}. */
function drawSvg(job) {
  const option = { ...resolve(job.option, (token) => colorOf(job.palette, token)), animation: false, tooltip: { show: false } };
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: job.width, height: job.height });
  try {
    chart.setOption(option);
    return chart.renderToSVGString({ useViewBox: true });
  } finally {
    chart.dispose();
  }
}

function colorOf(palette, token) {
  if (!(token in palette)) throw new Error(`no color ${token}`);
  return palette[token];
}
