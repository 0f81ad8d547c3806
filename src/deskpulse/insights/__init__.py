"""What is odd: detectors that judge each point from its past only, and what they say together."""
