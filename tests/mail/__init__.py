"""Letters: what they say, how they leave, and what comes back."""
