internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewVault

/// The environments and their logins. Tokens stay sealed here too, and are opened for the frame that needs one.
struct EnvironmentBook {
  private(set) var all: [Environment]
  private var logins: [String: SealedLogin]
  private let vault: Vault

  init(store: Store, vault: Vault) throws(StoreError) {
    self.vault = vault
    all = try store.environments()
    logins = Dictionary(uniqueKeysWithValues: try store.logins().map { ($0.environmentID, $0) })
  }

  mutating func reload(from store: Store) throws(StoreError) {
    self = try EnvironmentBook(store: store, vault: vault)
  }

  var active: Environment? { all.first(where: \.isActive) }

  func find(_ name: String) -> Environment? { all.first { $0.name == name } }

  func login(of environment: Environment) -> SealedLogin? { logins[environment.id] }

  /// Whether no unexpired token is stored for the environment.
  func needsAuth(_ environment: Environment, now: Timestamp) -> Bool {
    guard let login = logins[environment.id] else { return true }
    return !login.isUsable(now: now)
  }

  /// The token that a call to the environment carries, or why there is none.
  func accessToken(
    of environment: Environment, now: Timestamp
  ) throws(JobError) -> (text: String, generation: Int64) {
    let remedy = "run: honeydew login --env \(environment.name)"
    guard let login = logins[environment.id] else {
      throw JobError(.authRequired, "nobody is logged in to \(environment.name); \(remedy)")
    }
    if let expiry = login.accessExpiresAt, expiry <= now {
      throw JobError(.authExpired, "the login to \(environment.name) expired at \(expiry); \(remedy)")
    }
    do {
      let token = try vault.open(login.sealedAccessToken, context: Self.context(environment.id, "access"))
      return (String(decoding: token, as: UTF8.self), login.generation)
    } catch {
      throw JobError(
        .authRequired, "the stored login to \(environment.name) cannot be opened: \(error); \(remedy)")
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
    return [.removeEnvironment(id: environment.id)]
  }

  mutating func activate(_ environment: Environment, at now: Timestamp) -> [StoreWrite] {
    for index in all.indices { all[index].isActive = all[index].id == environment.id }
    return [.activateEnvironment(id: environment.id, at: now)]
  }

  /// Seals a new pair of tokens.
  mutating func save(
    _ tokens: Tokens, of environment: Environment, newID: String, at now: Timestamp
  ) throws(VaultError) -> [StoreWrite] {
    let previous = logins[environment.id]
    let login = SealedLogin(
      id: newID, environmentID: environment.id, username: tokens.username,
      sealedAccessToken: try vault.seal(Array(tokens.access.utf8), context: Self.context(environment.id, "access")),
      accessExpiresAt: tokens.accessExpiresAt,
      sealedRefreshToken: try vault.seal(Array(tokens.refresh.utf8), context: Self.context(environment.id, "refresh")),
      refreshExpiresAt: tokens.refreshExpiresAt, generation: (previous?.generation ?? 0) + 1, failedAuthJobs: 0)
    logins[environment.id] = login
    return [.saveLogin(login, at: now)]
  }

  mutating func countAuthFailure(in environment: Environment, at now: Timestamp) -> [StoreWrite] {
    guard logins[environment.id] != nil else { return [] }
    logins[environment.id]?.failedAuthJobs += 1
    return [.countAuthFailure(environmentID: environment.id, at: now)]
  }

  /// What a sealed token is bound to: a row's blob opens in its own place only.
  private static func context(_ environmentID: String, _ kind: String) -> String {
    "auth_tokens/\(environmentID)/\(kind)"
  }
}

/// A pair of tokens in the open, on its way from a worker's frame into the vault.
struct Tokens {
  var username: String
  var access: String
  var accessExpiresAt: Timestamp?
  var refresh: String
  var refreshExpiresAt: Timestamp?
}

extension SealedLogin {
  /// Whether the access token or the refresh token has not expired.
  func isUsable(now: Timestamp) -> Bool {
    let isFresh = { (expiry: Timestamp?) in expiry.map { $0 > now } ?? true }
    return isFresh(accessExpiresAt) || (sealedRefreshToken != nil && isFresh(refreshExpiresAt))
  }
}
