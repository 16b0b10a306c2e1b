internal import HoneydewCore

/// The statements behind `StoreWrite`, compiled once.
final class WriteStatements {
  let insertJob, updateJob, removeJob, keepLastSequence: Statement
  private let setPayload, setSchedulePayload: Statement
  let insertLabel, removeLabel, insertAttempt, removeAttempts: Statement
  let insertSchedule, updateSchedule, removeSchedule: Statement
  private let insertEnvironment, removeEnvironment, activateEnvironment: Statement
  private let removeOtherLogins, saveLogin, removeLogin, countAuthFailure: Statement
  private let setConfig: Statement
  /// The times of a turn are a few moments.
  private var times = TimeTexts()

  /// The daemon's own user, whose jobs and schedules have no uid in their rows.
  let owner: UInt32

  /// - Parameter owner: the daemon's own user.
  init(_ database: Database, owner: UInt32) throws(StoreError) {
    self.owner = owner
    insertJob = try database.prepare(
      """
      INSERT INTO jobs (seq, id, command, payload, environment, max_retries, timeout_ms, labels, idempotency_key,
        idempotency_options, created_at, priority, status, attempt, worker, retry_count, crash_count, next_run_at,
        updated_at, started_at, completed_at, result, result_file, result_size, error, error_code, schedule,
        scheduled_at, is_serial, submitted_by, pool, title, cwd, description)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    updateJob = try database.prepare(
      """
      UPDATE jobs SET priority = ?, status = ?, attempt = ?, worker = ?, retry_count = ?, crash_count = ?,
        next_run_at = ?, updated_at = ?, started_at = ?, completed_at = ?, result = ?, result_file = ?,
        result_size = ?, error = ?, error_code = ?
      WHERE seq = ? AND status = ? AND attempt = ?
      """)
    removeJob = try database.prepare("DELETE FROM jobs WHERE seq = ? AND status = ? AND attempt = ? RETURNING labels")
    keepLastSequence = try database.prepare(
      """
      INSERT INTO config (key, value) SELECT 'last_sequence', CAST(?1 AS TEXT)
      WHERE ?1 > (SELECT coalesce(max(seq), 0) FROM jobs)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE CAST(value AS INTEGER) < ?1
      """)
    setPayload = try database.prepare("UPDATE jobs SET payload = ?2 WHERE seq = ?1")
    setSchedulePayload = try database.prepare("UPDATE schedules SET payload = ?2 WHERE id = ?1")
    // Rows that a removed job left behind by a defect must not refuse another's.
    insertLabel = try database.prepare("INSERT OR REPLACE INTO job_labels (name, value, seq) VALUES (?, ?, ?)")
    removeLabel = try database.prepare("DELETE FROM job_labels WHERE name = ? AND value = ? AND seq = ?")
    insertAttempt = try database.prepare(
      """
      INSERT INTO attempts (seq, attempt, worker, started_at, ended_at, outcome, error, error_code, report)
      SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM jobs WHERE seq = ?1)
      """)
    removeAttempts = try database.prepare("DELETE FROM attempts WHERE seq = ?")
    insertSchedule = try database.prepare(
      """
      INSERT INTO schedules (id, name, created_at, submitted_by, \(changingScheduleColumns.joined(separator: ", ")))
      VALUES (?, ?, ?, ?, \(changingScheduleColumns.map { _ in "?" }.joined(separator: ", ")))
      """)
    updateSchedule = try database.prepare(
      """
      UPDATE schedules SET \(changingScheduleColumns.map { "\($0) = ?" }.joined(separator: ", ")) WHERE id = ?
      """)
    removeSchedule = try database.prepare("DELETE FROM schedules WHERE id = ?")
    insertEnvironment = try database.prepare(
      """
      INSERT INTO api_environments (id, name, base_url, is_active, description, ca_file, created_at, updated_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
      """)
    removeEnvironment = try database.prepare("DELETE FROM api_environments WHERE id = ?")
    activateEnvironment = try database.prepare(
      "UPDATE api_environments SET is_active = (id = ?1), updated_at = ?2 WHERE is_active <> (id = ?1)")
    removeOtherLogins = try database.prepare("DELETE FROM auth_tokens WHERE environment_id = ? AND id <> ?")
    saveLogin = try database.prepare(
      """
      INSERT INTO auth_tokens (id, environment_id, username, encrypted_access_token, access_token_expires_at,
        encrypted_refresh_token, refresh_token_expires_at, generation, failed_auth_jobs, created_at, updated_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
      ON CONFLICT (id) DO UPDATE SET environment_id = ?2, username = ?3, encrypted_access_token = ?4,
        access_token_expires_at = ?5, encrypted_refresh_token = ?6, refresh_token_expires_at = ?7, generation = ?8,
        failed_auth_jobs = ?9, updated_at = ?10
      """)
    removeLogin = try database.prepare("DELETE FROM auth_tokens WHERE environment_id = ?")
    countAuthFailure = try database.prepare(
      """
      UPDATE auth_tokens SET failed_auth_jobs = failed_auth_jobs + 1, updated_at = ?2 WHERE environment_id = ?1
      """)
    setConfig = try database.prepare(
      "INSERT INTO config (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")
  }

  /// - Throws: `constraint` when the write breaks a rule of the schema or names a row that is not there; it has then
  ///   changed nothing.
  func run(_ write: StoreWrite, in database: Database) throws(StoreError) {
    switch write {
    case .insertJob(let job): try insert(job)
    case .updateJob(let job, let version): try update(job, from: version, in: database)
    case .insertAttempt(let sequence, let attempt): try insert(attempt, of: sequence, in: database)
    case .removeJob(let sequence, let version): try removeJob(sequence, from: version, in: database)
    case .setPayload(let sequence, let payload):
      setPayload.bind(1, sequence)
      setPayload.bind(2, payload)
      try setPayload.run()
    case .setSchedulePayload(let id, let payload):
      setSchedulePayload.bind(1, id)
      setSchedulePayload.bind(2, payload)
      try setSchedulePayload.run()
    case .insertSchedule(let schedule): try insert(schedule)
    case .updateSchedule(let schedule): try update(schedule, in: database)
    case .removeSchedule(let id):
      removeSchedule.bind(1, id)
      try removeSchedule.run()
    case .insertEnvironment(let environment): try insert(environment)
    case .removeEnvironment(let id):
      removeEnvironment.bind(1, id)
      try removeEnvironment.run()
    case .activateEnvironment(let id, let time):
      activateEnvironment.bind(1, id)
      activateEnvironment.bind(2, text(time))
      try activateEnvironment.run()
    case .saveLogin(let login, let time): try save(login, at: time, in: database)
    case .removeLogin(let environmentID):
      removeLogin.bind(1, environmentID)
      try removeLogin.run()
    case .countAuthFailure(let environmentID, let time):
      countAuthFailure.bind(1, environmentID)
      countAuthFailure.bind(2, text(time))
      try countAuthFailure.run()
    case .setConfig(let key, let value):
      setConfig.bind(1, key)
      setConfig.bind(2, value)
      try setConfig.run()
    }
  }

  private func insert(_ environment: Environment) throws(StoreError) {
    insertEnvironment.bind(1, environment.id)
    insertEnvironment.bind(2, environment.name)
    insertEnvironment.bind(3, environment.baseURL)
    insertEnvironment.bind(4, environment.isActive)
    insertEnvironment.bind(5, environment.description)
    insertEnvironment.bind(6, environment.caFile)
    insertEnvironment.bind(7, text(environment.createdAt))
    try insertEnvironment.run()
  }

  private func save(_ login: SealedLogin, at time: Timestamp, in database: Database) throws(StoreError) {
    removeOtherLogins.bind(1, login.environmentID)
    removeOtherLogins.bind(2, login.id)
    saveLogin.bind(1, login.id)
    saveLogin.bind(2, login.environmentID)
    saveLogin.bind(3, login.username)
    saveLogin.bind(4, login.sealedAccessToken)
    saveLogin.bind(5, login.accessExpiresAt.map(text))
    saveLogin.bind(6, login.sealedRefreshToken)
    saveLogin.bind(7, login.refreshExpiresAt.map(text))
    saveLogin.bind(8, login.generation)
    saveLogin.bind(9, Int64(login.failedAuthJobs))
    saveLogin.bind(10, text(time))
    // Two statements that succeed or fail as one write.
    try database.savepoint { () throws(StoreError) in
      try removeOtherLogins.run()
      try saveLogin.run()
    }
  }

  func text(_ moment: Timestamp) -> String {
    times.text(of: moment)
  }
}
