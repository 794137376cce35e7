"""What a policy says, in words for the people it is about."""
