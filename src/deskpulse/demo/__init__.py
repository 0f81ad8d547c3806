"""The sample world: eighteen months of a lamp maker's support, made up from a seed."""
