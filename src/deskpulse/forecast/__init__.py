"""What to expect, with a band: methods, their choice by backtest, always beside the seasonal naive."""
