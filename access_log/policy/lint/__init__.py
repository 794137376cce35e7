"""Reading a privacy policy as a lawyer for the people in it would: what the law wants in it and is not there, and what may not be there."""
