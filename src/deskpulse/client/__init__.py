"""The Python API: the same doors for notebooks, scripts and the command line."""
