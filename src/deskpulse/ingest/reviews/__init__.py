"""Quality reviews: the form, what people say by it, and the rows that metrics count."""
