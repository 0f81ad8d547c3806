"""Rows in, ECharts option out: the same chart on a page and, as SVG, in a document."""
