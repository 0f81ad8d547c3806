"""What is likely to come of single tickets: how long they take, what may go wrong, and why."""
