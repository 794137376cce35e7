"""The auditor pack (迎检): one period of the register as a zip that anybody can check without us (docs/record.md).

`scope` says what belongs in it, `record` reads entries and proofs in short pieces, `visits` puts the register's words beside them, `page`
writes what people read, `pack` makes the zip while it is read.
"""
