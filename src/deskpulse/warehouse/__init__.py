"""The analytical tables and the engines that hold them: the only room that opens DuckDB."""
