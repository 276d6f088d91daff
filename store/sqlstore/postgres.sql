-- Times are milliseconds since 1970; 9223372036854775807 is never.

create table if not exists jwt_record (
	id       bytea  primary key,
	version  bigint not null,
	expires  bigint not null,
	subject  bytea  not null,
	data     bytea  not null
) with (fillfactor = 70); -- an update finds room on the page of its row, and touches no index

create index if not exists jwt_record_expires on jwt_record (expires);
create index if not exists jwt_record_subject on jwt_record (subject) where subject <> '';

create table if not exists jwt_revocation (
	seq         bigint generated always as identity primary key,
	xid         xid8   not null default pg_current_xact_id(),
	kind        bytea  not null,
	id          bytea  not null,
	not_before  bigint,
	expires     bigint not null
);

create index if not exists jwt_revocation_xid on jwt_revocation (xid, seq);
create index if not exists jwt_revocation_expires on jwt_revocation (expires);
