#!/bin/sh
# Run by the PostgreSQL image when it makes a new, empty cluster: the roles, with the passwords of the secrets.
exec /deploy/make-roles /run/secrets
