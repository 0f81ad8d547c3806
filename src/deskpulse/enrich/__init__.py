"""Text in, what it says out: language, sentiment, category, urgency, emotion, indicators. No database."""
