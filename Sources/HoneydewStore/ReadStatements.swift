/// The statements behind the store's reads, compiled once.
struct ReadStatements {
  let jobByID, referenceByID, jobBySequence, outline, payloadLength, jobByIdempotencyKey, pendingJobs,
    runningJobs: Statement
  let jobIDsWithPrefix, ownerJobIDsWithPrefix, otherJobIDsWithPrefix: Statement
  let payload, payloads, schedulePayloads, resultFile, attempts, counts, waitingSince, lastSequence: Statement
  let environments, login, logins, config: Statement
  let scheduleByID, scheduleByName, schedulesAfter, otherSchedulesAfter, schedulesOfEnvironment, enabledSchedules,
    enabledSchedulesAfter, schedulesOfSet, tick: Statement
  let freePages: Statement

  init(_ database: Database) throws(StoreError) {
    jobByID = try database.prepare("SELECT \(jobColumns), payload, result FROM jobs WHERE id = ?")
    referenceByID = try database.prepare("SELECT \(referenceColumns) FROM jobs WHERE id = ?")
    jobBySequence = try database.prepare("SELECT \(jobColumns), payload, result FROM jobs WHERE seq = ?")
    payloadLength = try database.prepare("SELECT length(payload) FROM jobs WHERE seq = ?")
    outline = try database.prepare("SELECT \(jobColumns) FROM jobs WHERE seq = ?")
    jobByIdempotencyKey = try database.prepare(
      "SELECT \(jobColumns), payload, result FROM jobs WHERE idempotency_key = ? AND ifnull(submitted_by, -1) = ?")
    jobIDsWithPrefix = try database.prepare("SELECT id FROM jobs WHERE id >= ? AND id < ? ORDER BY id LIMIT ?")
    ownerJobIDsWithPrefix = try database.prepare(
      "SELECT id FROM jobs WHERE id >= ? AND id < ? AND submitted_by IS NULL ORDER BY id LIMIT ?")
    otherJobIDsWithPrefix = try database.prepare(
      """
      SELECT id FROM jobs INDEXED BY idx_jobs_submitter_id WHERE id >= ?1 AND id < ?2 AND submitted_by = ?4
      ORDER BY id LIMIT ?3
      """)
    pendingJobs = try database.prepare(
      """
      SELECT seq, command, priority, environment, attempt, next_run_at, schedule, is_serial, submitted_by,
        pool
      FROM jobs WHERE status = 'pending' ORDER BY seq
      """)
    runningJobs = try database.prepare(
      "SELECT \(jobColumns), payload, result FROM jobs WHERE status = 'running' ORDER BY seq")
    payload = try database.prepare("SELECT payload FROM jobs WHERE seq = ?")
    payloads = try database.prepare(
      "SELECT seq, id, payload FROM jobs WHERE seq > ? AND seq <= ? AND command = ? ORDER BY seq LIMIT ?")
    schedulePayloads = try database.prepare("SELECT id, command, payload FROM schedules")
    resultFile = try database.prepare("SELECT result_file FROM jobs WHERE id = ?")
    attempts = try database.prepare(
      """
      SELECT attempt, worker, started_at, ended_at, outcome, error, error_code, report FROM attempts
      WHERE seq = ? ORDER BY attempt
      """)
    counts = try database.prepare("SELECT status, count(*) FROM jobs GROUP BY status")
    waitingSince = try database.prepare(
      """
      SELECT min(max(created_at, ifnull(next_run_at, ''))) FROM (
        SELECT created_at, next_run_at FROM jobs WHERE status = 'pending' AND seq >= ?1 ORDER BY seq LIMIT 100)
      WHERE next_run_at IS NULL OR next_run_at <= ?2
      """)
    lastSequence = try database.prepare(
      """
      SELECT max((SELECT coalesce(max(seq), 0) FROM jobs),
        (SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM config WHERE key = 'last_sequence')) AS seq
      """)
    environments = try database.prepare(
      "SELECT id, name, base_url, is_active, description, ca_file, created_at FROM api_environments ORDER BY name")
    let loginColumns = """
      id, environment_id, username, encrypted_access_token, access_token_expires_at, encrypted_refresh_token,
        refresh_token_expires_at, generation, failed_auth_jobs
      """
    login = try database.prepare("SELECT \(loginColumns) FROM auth_tokens WHERE environment_id = ?")
    logins = try database.prepare("SELECT \(loginColumns) FROM auth_tokens ORDER BY environment_id")
    config = try database.prepare("SELECT value FROM config WHERE key = ?")
    scheduleByID = try database.prepare("SELECT \(scheduleColumns), payload FROM schedules WHERE id = ?")
    scheduleByName = try database.prepare("SELECT \(scheduleColumns), payload FROM schedules WHERE name = ?")
    schedulesAfter = try database.prepare(
      "SELECT \(scheduleColumns), NULL FROM schedules WHERE name > ? ORDER BY name LIMIT ?")
    otherSchedulesAfter = try database.prepare(
      "SELECT \(scheduleColumns), NULL FROM schedules WHERE submitted_by = ?3 AND name > ?1 ORDER BY name LIMIT ?2")
    schedulesOfEnvironment = try database.prepare(
      "SELECT name FROM schedules WHERE environment = ? ORDER BY name LIMIT ?")
    enabledSchedules = try database.prepare("SELECT id, next_run_at, decided_until FROM schedules WHERE enabled = 1")
    schedulesOfSet = try database.prepare("SELECT \(scheduleColumns), NULL FROM schedules WHERE applied_set = ?")
    enabledSchedulesAfter = try database.prepare(
      "SELECT id, cron_expr FROM schedules WHERE enabled = 1 AND id > ? ORDER BY id LIMIT ?")
    tick = try database.prepare("SELECT 1 FROM jobs WHERE schedule = ? AND scheduled_at = ?")
    freePages = try database.prepare("PRAGMA freelist_count")
  }
}

/// What a `JobReference` holds.
let referenceColumns = "seq, id, status, attempt, completed_at, result_file, command, submitted_by"

/// A job's columns without the two long ones.
let jobColumns = """
  seq, id, command, priority, status, environment, attempt, retry_count, max_retries, crash_count, timeout_ms,
    next_run_at, created_at, updated_at, started_at, completed_at, result_file, result_size, error, error_code,
    labels, idempotency_key, idempotency_options, worker, schedule, scheduled_at, is_serial, submitted_by,
    pool, title, cwd, description
  """

/// A schedule's columns without the long one.
let scheduleColumns = """
  id, name, cron_expr, command, enabled, created_at, updated_at, last_run_at, last_job_id, next_run_at, anchor_at,
    decided_until, priority, max_retries, timeout_ms, environment, labels, overlap, missed, catchup_window_ms,
    skipped_overlap, skipped_missed, skipped_refused, last_skip_at, last_skip, submitted_by, applied_set,
    pool
  """
