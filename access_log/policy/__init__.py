"""Pure rules: values in, a decision out. No database, no clock; each function cites the clause it serves."""
