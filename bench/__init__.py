"""The benchmark programs. Each figure is a ratio to what the same database can do on the same machine in the same run (docs/adr/0014)."""
