"""The policy file: read with exact errors, checked against what the product does, compared with another version. Pure."""
