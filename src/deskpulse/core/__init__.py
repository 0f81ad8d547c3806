"""Words and tools that every room shares; imports no other room."""
