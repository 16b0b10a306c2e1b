internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewVault

/// The environments and their logins. Tokens stay sealed here too, and are opened for the frame that needs one.
struct EnvironmentBook {
  private(set) var all: [Environment]
  private var logins: [String: SealedLogin]
  private var failedWithoutLogin: EnvironmentNumbers
  private var refused: EnvironmentNumbers
  /// By the environments' ids; kept while the store is opened again.
  private var states: [String: AuthState] = [:]
  /// Of the latest pairs, by the environments' ids: an answer to an older one must not pass for one to the next login's.
  private var generations: [String: Int64] = [:]
  private(set) var vault: Vault

  init(store: Store, vault: Vault) throws(StoreError) {
    self.vault = vault
    all = try store.environments()
    logins = Dictionary(uniqueKeysWithValues: try store.logins().map { ($0.environmentID, $0) })
    failedWithoutLogin = EnvironmentNumbers(text: try store.config(key: EnvironmentNumbers.failedAuthJobsKey) ?? "")
    refused = EnvironmentNumbers(text: try store.config(key: EnvironmentNumbers.refusedTokensKey) ?? "")
  }

  mutating func reload(from store: Store) throws(StoreError) {
    let (states, generations) = (states, generations)
    self = try EnvironmentBook(store: store, vault: vault)
    (self.states, self.generations) = (states, generations)
  }

  var active: Environment? { all.first(where: \.isActive) }

  func find(_ name: String) -> Environment? { all.first { $0.name == name } }

  func find(id: String) -> Environment? { all.first { $0.id == id } }

  /// Whether anybody is logged in anywhere.
  var hasLogins: Bool { !logins.isEmpty }

  func login(of environment: Environment) -> SealedLogin? { logins[environment.id] }

  /// Whether no unexpired token is stored for the environment.
  func needsAuth(_ environment: Environment, now: Timestamp) -> Bool {
    guard let login = logins[environment.id] else { return true }
    return !login.isUsable(now: now)
  }

  /// Whether nothing but a login helps, or soon will: no unexpired token, or the API's last word on the newest was a refusal.
  func needsReauth(_ environment: Environment, now: Timestamp) -> Bool {
    guard let login = logins[environment.id] else { return true }
    return !login.isUsable(now: now) || state(of: environment).needsLogin(login, wallNow: now)
  }

  /// Whether calls are made with the environment's login, and the API has not refused it.
  func isAuthenticated(_ environment: Environment, now: Timestamp) -> Bool {
    guard let login = logins[environment.id] else { return false }
    return login.isUsable(now: now) && !state(of: environment).isRefused(login)
  }

  /// AUTH_* failures in the environment since the last login.
  func failedAuthJobs(in environment: Environment) -> Int32 {
    logins[environment.id]?.failedAuthJobs ?? Int32(clamping: failedWithoutLogin[environment.id])
  }

  /// What is known of the login's tokens beside the login.
  func state(of environment: Environment) -> AuthState {
    states[environment.id] ?? AuthState(refusedGeneration: refused[environment.id] > 0 ? refused[environment.id] : nil)
  }

  mutating func setState(_ state: AuthState, of environment: Environment) -> [StoreWrite] {
    states[environment.id] = state
    let generation = state.refusedGeneration ?? 0
    guard refused[environment.id] != generation else { return [] }
    refused[environment.id] = generation
    return [.setConfig(key: EnvironmentNumbers.refusedTokensKey, value: refused.text)]
  }

  /// The token that a call to the environment carries, or why there is none.
  func accessToken(of environment: Environment) throws(JobError) -> (text: String, generation: Int64) {
    guard let login = logins[environment.id] else {
      throw JobError(.authRequired, "nobody is logged in to \(environment.name); \(environment.remedy)")
    }
    return (try open(login.sealedAccessToken, "access", of: environment), login.generation)
  }

  /// The token that a refresh sends; the login has one.
  func refreshToken(of environment: Environment) throws(JobError) -> String {
    guard let sealed = logins[environment.id]?.sealedRefreshToken else {
      throw JobError(.authExpired, "there is no refresh token; \(environment.remedy)")
    }
    return try open(sealed, "refresh", of: environment)
  }

  private func open(_ sealed: [UInt8], _ kind: String, of environment: Environment) throws(JobError) -> String {
    do {
      return String(decoding: try vault.open(sealed, context: Self.context(environment.id, kind)), as: UTF8.self)
    } catch {
      throw JobError(
        .authRequired,
        "the stored login to \(environment.name) cannot be opened: \(error); \(environment.remedy)")
    }
  }

  // MARK: changes, each answering the writes that store it

  mutating func add(_ environment: Environment) -> [StoreWrite] {
    var added = environment
    added.isActive = false
    all.append(added)
    let insertion = StoreWrite.insertEnvironment(added)
    return environment.isActive ? [insertion] + activate(added, at: environment.createdAt) : [insertion]
  }

  mutating func remove(_ environment: Environment) -> [StoreWrite] {
    all.removeAll { $0.id == environment.id }
    logins[environment.id] = nil
    let forgotten = setState(AuthState(), of: environment)
    states[environment.id] = nil
    return [.removeEnvironment(id: environment.id)] + setFailedWithoutLogin(0, environment) + forgotten
  }

  mutating func activate(_ environment: Environment, at now: Timestamp) -> [StoreWrite] {
    for index in all.indices { all[index].isActive = all[index].id == environment.id }
    return [.activateEnvironment(id: environment.id, at: now)]
  }

  /// Seals a new pair of tokens.
  ///
  /// - Parameter isRefresh: whether it goes on with the same login. A pair without a refresh token keeps the old one then.
  mutating func save(
    _ tokens: Tokens, of environment: Environment, newID: String, isRefresh: Bool = false, at now: Timestamp
  ) throws(VaultError) -> [StoreWrite] {
    let previous = logins[environment.id]
    var login = SealedLogin(
      id: newID, environmentID: environment.id, username: tokens.username,
      sealedAccessToken: try vault.seal(Array(tokens.access.utf8), context: Self.context(environment.id, "access")),
      accessExpiresAt: tokens.accessExpiresAt,
      sealedRefreshToken: nil, refreshExpiresAt: tokens.refreshExpiresAt,
      generation: max(previous?.generation ?? 0, generations[environment.id] ?? 0) + 1,
      failedAuthJobs: isRefresh ? previous?.failedAuthJobs ?? 0 : 0)
    if !tokens.refresh.isEmpty {
      login.sealedRefreshToken = try vault.seal(
        Array(tokens.refresh.utf8), context: Self.context(environment.id, "refresh"))
    } else if isRefresh {
      login.sealedRefreshToken = previous?.sealedRefreshToken
      login.refreshExpiresAt = previous?.refreshExpiresAt
    }
    logins[environment.id] = login
    generations[environment.id] = login.generation
    return [.saveLogin(login, at: now)] + setFailedWithoutLogin(0, environment)
  }

  /// Has the present logins opened by another vault from now on, which sealed what the store holds of them.
  mutating func use(_ vault: Vault) {
    self.vault = vault
  }

  /// Reseals all tokens. One that does not open stays as it is: nothing but a login helps.
  ///
  /// - Returns: the writes, one for each login.
  mutating func reseal(under next: Vault, at now: Timestamp) throws(VaultError) -> [StoreWrite] {
    var resealed = logins
    for (id, login) in logins {
      for (kind, token) in [("access", \SealedLogin.sealedAccess), ("refresh", \SealedLogin.sealedRefreshToken)] {
        let context = Self.context(id, kind)
        guard let sealed = login[keyPath: token], let text = try? vault.open(sealed, context: context) else { continue }
        resealed[id]?[keyPath: token] = try next.seal(text, context: context)
      }
    }
    logins = resealed
    vault = next
    return logins.values.map { .saveLogin($0, at: now) }
  }

  mutating func removeLogin(of environment: Environment) -> [StoreWrite] {
    guard let login = logins.removeValue(forKey: environment.id) else { return [] }
    generations[environment.id] = login.generation
    states[environment.id] = nil
    return [.removeLogin(environmentID: environment.id)]
      + setFailedWithoutLogin(Int64(login.failedAuthJobs), environment)
  }

  /// Forgets the refresh token that the API refused, and that the access token is good when the API refused it too.
  mutating func dropRefreshToken(of environment: Environment, at now: Timestamp) -> [StoreWrite] {
    guard var login = logins[environment.id] else { return [] }
    login.sealedRefreshToken = nil
    if state(of: environment).isRejected(login) { login.accessExpiresAt = min(login.accessExpiresAt ?? now, now) }
    logins[environment.id] = login
    return [.saveLogin(login, at: now)]
  }

  mutating func countAuthFailure(in environment: Environment, at now: Timestamp) -> [StoreWrite] {
    guard logins[environment.id] != nil else {
      return setFailedWithoutLogin(failedWithoutLogin[environment.id] + 1, environment)
    }
    logins[environment.id]?.failedAuthJobs += 1
    return [.countAuthFailure(environmentID: environment.id, at: now)]
  }

  private mutating func setFailedWithoutLogin(_ count: Int64, _ environment: Environment) -> [StoreWrite] {
    guard failedWithoutLogin[environment.id] != count else { return [] }
    failedWithoutLogin[environment.id] = count
    return [.setConfig(key: EnvironmentNumbers.failedAuthJobsKey, value: failedWithoutLogin.text)]
  }

  /// What a sealed token is bound to: a row's blob opens in its own place only.
  private static func context(_ environmentID: String, _ kind: String) -> String {
    "auth_tokens/\(environmentID)/\(kind)"
  }
}

extension SealedLogin {
  /// The access token in the form of the refresh token, which may be missing.
  fileprivate var sealedAccess: [UInt8]? {
    get { sealedAccessToken }
    set { sealedAccessToken = newValue ?? [] }
  }

  /// Whether the access token or the refresh token has not expired.
  func isUsable(now: Timestamp) -> Bool {
    (accessExpiresAt.map { $0 > now } ?? true) || canRefresh(now: now)
  }
}

extension Environment {
  /// What helps when its login does not.
  var remedy: String { "run: honeydew login --env \(name)" }
}
