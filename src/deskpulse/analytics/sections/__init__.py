"""The kinds of section that a composition is made of."""
