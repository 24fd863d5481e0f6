create table users (
    user_id text collate "C" primary key,
    email text not null,
    email_key text collate "C" not null unique,
    name text not null,
    password_hash text,
    issuer text collate "C",
    subject text collate "C",
    is_operator boolean not null default false,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    signed_in_at timestamptz,
    revision integer not null default 1,
    unique (issuer, subject)
);
comment on column users.email_key is 'The address in lower case: one user each';
comment on column users.password_hash is 'Argon2id; null for who signs in at the external issuer';

create table sessions (
    session_id text collate "C" primary key,
    user_id text collate "C" not null references users,
    address text not null,
    agent text not null,
    created_at timestamptz not null default now(),
    used_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz
);
comment on table sessions is 'Sign-ins: each is one family of refresh tokens';
create index sessions_of_user on sessions (user_id, created_at) where ended_at is null;

create table refresh_tokens (
    token_hash text collate "C" primary key,
    session_id text collate "C" not null references sessions,
    expires_at timestamptz not null,
    exchanged_at timestamptz,
    successor_hash text collate "C"
);
comment on table refresh_tokens is 'Each is good for one exchange; a second one ends the session';
create index refresh_tokens_of_session on refresh_tokens (session_id);

create table projects (
    project text collate "C" primary key,
    name text not null,
    description text not null default '',
    created_at timestamptz not null default now(),
    archived_at timestamptz,
    max_active_runs integer,
    daily_usd double precision,
    revision integer not null default 1
);
create index projects_oldest on projects (created_at, project);
insert into projects (project, name) values ('default', 'Default');

create table members (
    project text collate "C" not null references projects,
    user_id text collate "C" not null references users,
    role text not null check (role in ('viewer', 'editor', 'admin')),
    since timestamptz not null default now(),
    primary key (project, user_id)
);
create index members_by_user on members (user_id);

create table invitations (
    invitation_id text collate "C" primary key,
    token_hash text collate "C" not null unique,
    email text not null,
    project text collate "C" not null references projects,
    role text not null check (role in ('viewer', 'editor', 'admin')),
    invited_by text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    closed_at timestamptz
);
comment on column invitations.closed_at is 'Accepted or withdrawn; the audit log says which';
create index invitations_of_project on invitations (project, invitation_id)
where closed_at is null;

create table api_keys (
    key_id text collate "C" primary key,
    project text collate "C" not null references projects,
    name text not null,
    prefix text collate "C" not null unique,
    secret_hash text not null,
    scopes text [] not null,
    owner text collate "C" references users,
    created_by text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    last_address text,
    replaced_by text collate "C"
);
comment on column api_keys.secret_hash is 'SHA-256: the secret has 256 bits of its own';
comment on column api_keys.owner is 'Null when no user made it';
create index api_keys_of_project on api_keys (project, key_id);

create index audit_events_by_action on audit_events (project, action, id);
create index audit_events_by_target on audit_events (project, target, id);
