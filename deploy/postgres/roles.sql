-- The three roles and the database. For a superuser, by psql; run it as often as you like.
-- Passwords come from the environment (deploy/postgres/make-roles reads them from files).
\set ON_ERROR_STOP on
\if :{?database}
\else
\set database access_log
\endif
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
\getenv reports_password REPORTS_PASSWORD

-- No password may reach the server's log.
set log_statement = 'none';
set log_min_error_statement = 'panic';
set log_min_duration_statement = -1;
set password_encryption = 'scram-sha-256';

select format('create role %I', name)
from unnest(array['access_log_owner', 'access_log_app', 'access_log_reports']) as name
where not exists (select from pg_roles where rolname = name)
\gexec

alter role access_log_owner login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'owner_password';
alter role access_log_app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'app_password';
alter role access_log_reports login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'reports_password';

-- A forgotten transaction must not hold a lock for ever, nor a report run for hours.
alter role access_log_app set idle_in_transaction_session_timeout = '60s';
alter role access_log_reports set idle_in_transaction_session_timeout = '5min';
alter role access_log_reports set statement_timeout = '15min';

select format('create database %I owner access_log_owner encoding ''UTF8'' template template0', :'database')
where not exists (select from pg_database where datname = :'database')
\gexec

revoke all on database :"database" from public;
grant connect on database :"database" to access_log_app, access_log_reports;
