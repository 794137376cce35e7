-- What each role may do. As access_log_owner, after every migration; run it as often as you like.
-- Plain SQL, one transaction: nobody sees a moment without rights.
begin;

revoke all on schema public, vault from public;
grant usage on schema public, vault to access_log_app, access_log_reports;

-- The web and the worker: all rows. New tables are theirs at once.
grant select, insert, update, delete on all tables in schema public, vault to access_log_app;
grant usage, select on all sequences in schema public, vault to access_log_app;
alter default privileges for role access_log_owner in schema public grant select, insert, update, delete on tables to access_log_app;
alter default privileges for role access_log_owner in schema public grant usage, select on sequences to access_log_app;
alter default privileges for role access_log_owner in schema vault grant select, insert, update, delete on tables to access_log_app;
alter default privileges for role access_log_owner in schema vault grant usage, select on sequences to access_log_app;

-- But the record only grows (triggers say so too), emptying its oldest bodies is the owner's act, and so is the schema's version.
revoke update, delete on record_entry, record_leaf, record_node, record_checkpoint, record_cosignature from access_log_app;
revoke delete on record_verification, record_witness from access_log_app;
revoke update on record_pending from access_log_app;
revoke insert, update, delete on record_pruning from access_log_app;
revoke insert, update, delete on alembic_version from access_log_app;

-- Reports start from nothing each time and are given what they read, by name: a new table is closed to them.
revoke all on all tables in schema public, vault from access_log_reports;
revoke all on all sequences in schema public, vault from access_log_reports;
grant select on site, area, door, customer, visit, visit_order, visit_area, approval, standing_rule, presence, notice,
    access_event, record_entry, report_schedule, report_recipient, report_run, report_file, alembic_version,
    record_checkpoint, record_leaf, record_node, policy_version, rights_restriction to access_log_reports;
grant select on vault.vault_label to access_log_reports;

-- Of people who sign in, what a report says of them: no name, nothing that a password could be guessed from.
grant select (id, site_id, subject_id, number, role, state, language) on staff to access_log_reports;
grant select (id, site_id, subject_id, customer_id, state) on contact to access_log_reports;

-- Their own runs; a stopped schedule; the event, record entry and message that a finished report leaves behind.
grant insert, update on report_run to access_log_reports;
grant insert, update, delete on report_file to access_log_reports;
grant update on report_schedule to access_log_reports;
grant insert on access_event, record_entry, record_pending, outbox to access_log_reports;
grant select (id) on outbox to access_log_reports;
grant usage on all sequences in schema public to access_log_reports;

commit;
