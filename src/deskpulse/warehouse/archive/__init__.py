"""Old months of large tables as Parquet files beside a DuckDB warehouse, read as if they were still in it.

`store.py` says which files there are and reads them, `months.py` moves months out and back, `room.py` is the way in.
"""
