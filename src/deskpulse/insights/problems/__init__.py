"""Problem areas ranked by impact: which list needs a look first."""
