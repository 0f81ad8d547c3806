"""Volume turned into people: queues, what they need, and a plan of shifts that covers it."""
