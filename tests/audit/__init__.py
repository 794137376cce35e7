"""The auditor pack: what is in it, and that nothing in it can be changed unseen."""
