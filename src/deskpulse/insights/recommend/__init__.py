"""What to do: rules over measured evidence, what people decided, and what it brought."""
