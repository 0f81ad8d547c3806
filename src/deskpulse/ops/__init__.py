"""Running it: health, benchmarks."""
