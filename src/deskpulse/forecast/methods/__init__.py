"""The catalogue of forecast methods: one file each."""
