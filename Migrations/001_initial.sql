-- Times are TEXT, YYYY-MM-DDTHH:MM:SS.mmmZ, always bound by the daemon.

-- The two long columns stand last: what is before them is read without walking through their overflow pages.
CREATE TABLE jobs (
    seq             INTEGER PRIMARY KEY CHECK (seq BETWEEN 1 AND 9007199254740992),  -- submission order
    id              TEXT NOT NULL UNIQUE,              -- 13 random lower-case base32 characters
    command         TEXT NOT NULL,
    submitted_by    INTEGER CHECK (submitted_by BETWEEN 0 AND 4294967295),  -- uid; NULL is the daemon's own user
    priority        INTEGER NOT NULL DEFAULT 0,        -- higher first
    -- Not with IN: SQLite would build a table of the five words for every write.
    status          TEXT NOT NULL CHECK (status = 'pending' OR status = 'running' OR status = 'completed'
                                         OR status = 'failed' OR status = 'cancelled'),
    environment     TEXT,                              -- the environment's name; NULL for local commands
    attempt         INTEGER NOT NULL DEFAULT 0 CHECK (attempt BETWEEN 0 AND 1000000000),  -- grows at each dispatch: the fence
    retry_count     INTEGER NOT NULL DEFAULT 0 CHECK (retry_count BETWEEN 0 AND 1000000000),  -- grows at each counted failure
    max_retries     INTEGER NOT NULL DEFAULT 3 CHECK (max_retries BETWEEN 0 AND 1000000000),
    crash_count     INTEGER NOT NULL DEFAULT 0 CHECK (crash_count BETWEEN 0 AND 1000000000),  -- workers it killed in a row
    timeout_ms      INTEGER CHECK (timeout_ms BETWEEN 0 AND 31556952000000),  -- of one attempt; NULL is the configured default
    labels          TEXT,                              -- a JSON object of texts; NULL when there are none
    idempotency_key TEXT,                              -- the client's name for this submission
    idempotency_options TEXT,                          -- what came with the key, as canonical JSON
    schedule        TEXT,                              -- the name of the schedule that made it; NULL when a client did
    scheduled_at    TEXT,                              -- the schedule's tick; NULL when somebody triggered it
    is_serial       INTEGER,                           -- waits for earlier jobs of its schedule; NULL without one
    worker          INTEGER,                           -- number of the latest attempt's worker
    next_run_at     TEXT,                              -- not before, while pending
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    started_at      TEXT,
    completed_at    TEXT,
    pool            TEXT,                              -- whose workers carry it out; NULL is the pool api
    title           TEXT,                              -- a local command as a shell would be given it; NULL for other jobs
    cwd             TEXT,                              -- where a local command runs
    description     TEXT,                              -- what its submitter says of a local command
    result_file     TEXT,                              -- name under results/ of a spooled result
    result_size     INTEGER CHECK (result_size BETWEEN 0 AND 9007199254740992),
    error           TEXT,                              -- CODE: text
    error_code      TEXT,
    payload         BLOB NOT NULL,                     -- JSON text, as it was submitted
    result          BLOB                               -- the bytes of the API's data; NULL when spooled
) STRICT;

-- Finds, counts and lists the jobs of one state in the order of seq: at start a few unended ones among millions.
CREATE INDEX idx_jobs_status ON jobs (status);

-- A key names one job of its user as long as its row lives.
CREATE UNIQUE INDEX idx_jobs_idempotency_key ON jobs (idempotency_key, ifnull(submitted_by, -1))
    WHERE idempotency_key IS NOT NULL;

-- Find what other users have submitted, in the order of seq, and by the beginnings of ids. The daemon's own user, who has
-- most jobs and needs neither, has no entry in them.
CREATE INDEX idx_jobs_submitter ON jobs (submitted_by) WHERE submitted_by IS NOT NULL;
CREATE INDEX idx_jobs_submitter_id ON jobs (submitted_by, id) WHERE submitted_by IS NOT NULL;

-- A tick has one job.
CREATE UNIQUE INDEX idx_jobs_tick ON jobs (schedule, scheduled_at) WHERE schedule IS NOT NULL;

-- Finds the jobs of a schedule, in the order of seq.
CREATE INDEX idx_jobs_schedule ON jobs (schedule) WHERE schedule IS NOT NULL;

-- Finds jobs by label, in the order of seq.
CREATE TABLE job_labels (
    name            TEXT NOT NULL,
    value           TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (name, value, seq)
) WITHOUT ROWID, STRICT;

-- Attempts that have ended and did not end their job; the latest one stands in the job's own row.
CREATE TABLE attempts (
    seq             INTEGER NOT NULL,                  -- of the job
    attempt         INTEGER NOT NULL,
    worker          INTEGER,
    started_at      TEXT NOT NULL,
    ended_at        TEXT NOT NULL,
    outcome         TEXT NOT NULL CHECK (outcome = 'completed' OR outcome = 'failed' OR outcome = 'cancelled'
                                         OR outcome = 'crashed' OR outcome = 'interrupted'),
    error           TEXT,
    error_code      TEXT,
    report          BLOB,                              -- JSON text: what a local command reports of it
    PRIMARY KEY (seq, attempt)
) WITHOUT ROWID, STRICT;

CREATE TABLE schedules (
    id              TEXT PRIMARY KEY,                  -- 13 random lower-case base32 characters
    name            TEXT NOT NULL UNIQUE,
    submitted_by    INTEGER CHECK (submitted_by BETWEEN 0 AND 4294967295),  -- uid of who added it; NULL as in jobs
    cron_expr       TEXT NOT NULL,
    command         TEXT NOT NULL,
    enabled         INTEGER NOT NULL DEFAULT 1,
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL,
    last_run_at     TEXT,
    last_job_id     TEXT,
    next_run_at     TEXT,                              -- NULL while it is paused
    anchor_at       TEXT NOT NULL,                     -- what the intervals of @every are counted from
    decided_until   TEXT NOT NULL,                     -- what becomes of the ticks up to here is decided
    priority        INTEGER NOT NULL DEFAULT 0,        -- of its jobs, as the next four
    max_retries     INTEGER,
    timeout_ms      INTEGER,
    environment     TEXT,
    labels          TEXT,
    overlap         TEXT NOT NULL CHECK (overlap = 'skip' OR overlap = 'queue' OR overlap = 'allow'
                                         OR overlap = 'cancel'),
    missed          TEXT NOT NULL CHECK (missed = 'one' OR missed = 'none' OR missed = 'all'),
    catchup_window_ms INTEGER NOT NULL CHECK (catchup_window_ms BETWEEN 0 AND 31556952000000),  -- how late a missed tick is still run
    skipped_overlap INTEGER NOT NULL DEFAULT 0,        -- ticks that made no job, and why
    skipped_missed  INTEGER NOT NULL DEFAULT 0,
    skipped_refused INTEGER NOT NULL DEFAULT 0,
    last_skip_at    TEXT,
    last_skip       TEXT,                              -- why, for people
    pool            TEXT,                              -- of its jobs; NULL is the one that their command has by itself
    applied_set     TEXT,                              -- the set that ApplySchedules has put it into
    payload         BLOB NOT NULL                      -- JSON text; last, as in jobs
) STRICT;

CREATE INDEX idx_schedules_environment ON schedules (environment);

-- Finds what belongs to a set.
CREATE INDEX idx_schedules_set ON schedules (applied_set) WHERE applied_set IS NOT NULL;

-- Lists what other users have added, in the order of names.
CREATE INDEX idx_schedules_submitter ON schedules (submitted_by, name) WHERE submitted_by IS NOT NULL;

-- State that is not the user's configuration: key salt and key check.
CREATE TABLE config (
    key             TEXT PRIMARY KEY,
    value           TEXT NOT NULL
) STRICT;

CREATE TABLE api_environments (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    base_url        TEXT NOT NULL,
    is_active       INTEGER NOT NULL DEFAULT 0,
    description     TEXT,
    ca_file         TEXT,                              -- PEM file that replaces the system's authorities
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL
) STRICT;

CREATE INDEX idx_api_environments_active ON api_environments (is_active);

-- One login per environment. Tokens are AES-256-GCM under a key derived with Argon2id.
CREATE TABLE auth_tokens (
    id                        TEXT PRIMARY KEY,
    environment_id            TEXT NOT NULL REFERENCES api_environments (id) ON DELETE CASCADE,
    username                  TEXT NOT NULL,
    encrypted_access_token    BLOB NOT NULL,
    access_token_expires_at   TEXT,
    encrypted_refresh_token   BLOB,
    refresh_token_expires_at  TEXT,
    failed_auth_jobs          INTEGER NOT NULL DEFAULT 0,  -- AUTH_* failures since this login
    generation                INTEGER NOT NULL DEFAULT 1,  -- grows with each new pair
    created_at                TEXT NOT NULL,
    updated_at                TEXT NOT NULL,
    UNIQUE (environment_id, username)
) STRICT;
