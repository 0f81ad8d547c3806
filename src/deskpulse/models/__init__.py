"""Learned models: features, training, measures, files and the registry. Knows nothing of how texts are cut."""
