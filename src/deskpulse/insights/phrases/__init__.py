"""What customers say: phrases counted over many texts, and which of them grow faster than their own history."""
