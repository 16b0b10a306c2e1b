import HoneydewCore
import HoneydewStore
import HoneydewSystem
import HoneydewVault
import Testing

@testable import HoneydewDaemon

struct EnvironmentBookTests {
  static let access = "access-token-A7f3"
  static let refresh = "refresh-token-Q9z1"

  let directory = TemporaryDirectory()
  let store: Store
  var book: EnvironmentBook
  let production = environment("production", isActive: true)
  let development = environment("development")

  init() throws {
    store = try directory.openStore()
    book = try EnvironmentBook(store: store, vault: vault)
    try store.commitAll(book.add(production) + book.add(development))
  }

  @Test mutating func `the book and the store have the same environments`() throws {
    #expect(book.active?.name == "production")
    #expect(book.find("development")?.isActive == false)
    #expect(book.find("dev") == nil)
    try store.commitAll(book.activate(development, at: noon))
    #expect(book.active?.name == "development")
    #expect(Set(book.all.map(\.id)) == Set(try store.environments().map(\.id)))
    #expect(try store.environments().filter(\.isActive).map(\.name) == ["development"])
    try store.commitAll(book.save(tokens(), of: production, newID: "l1", at: noon))
    try store.commitAll(book.remove(production))
    #expect(book.find("production") == nil && book.login(of: production) == nil)
    #expect(try store.environments().map(\.name) == ["development"])
    #expect(try store.logins() == [])
  }

  @Test mutating func `tokens that are resealed open under the next key only`() throws {
    let next = try Vault(
      masterKey: .loadOrCreate(directory.file("next.key")), salt: [UInt8](repeating: 8, count: 16))
    try store.commitAll(book.save(tokens(), of: production, newID: "l1", at: noon))
    let before = try #require(book.login(of: production))
    try store.commitAll(book.reseal(under: next, at: noon))
    let after = try #require(book.login(of: production))
    #expect(after.sealedAccessToken != before.sealedAccessToken)
    #expect(after.sealedRefreshToken != before.sealedRefreshToken && after.generation == before.generation)
    #expect(try book.accessToken(of: production).text == Self.access)
    #expect(try EnvironmentBook(store: store, vault: next).refreshToken(of: production) == Self.refresh)
    #expect(throws: JobError.self) { try EnvironmentBook(store: store, vault: vault).accessToken(of: production) }
    // A commit that failed left the store as it was, and the book goes back to it.
    book.use(vault)
    try store.commitAll([.saveLogin(before, at: noon)])
    try book.reload(from: store)
    #expect(try book.accessToken(of: production).text == Self.access)
  }

  @Test mutating func `a logout leaves nothing, and the next login is another generation`() throws {
    #expect(book.removeLogin(of: production) == [])
    try store.commitAll(book.save(tokens(), of: production, newID: "l1", at: noon))
    let before = try #require(book.login(of: production)).generation
    try store.commitAll(book.removeLogin(of: production))
    #expect(try store.logins() == [] && book.needsAuth(production, now: noon))
    try book.reload(from: store)
    try store.commitAll(book.save(tokens(), of: production, newID: "l2", at: noon))
    #expect(try #require(book.login(of: production)).generation > before)
  }

  @Test mutating func `a saved token opens again, here and after a restart`() throws {
    let key = directory.file("master.key")
    book = try EnvironmentBook(store: store, vault: Vault.open(.file(key), store: store))
    try store.commitAll(book.save(tokens(), of: production, newID: "l1", at: noon))
    #expect(try book.accessToken(of: production).text == Self.access)
    let reopened = try EnvironmentBook(store: store, vault: Vault.open(.file(key), store: store))
    let token = try reopened.accessToken(of: production)
    #expect(token.text == Self.access && token.generation == 1)
  }

  @Test mutating func `no token is in the open, in what is written or on the disk`() throws {
    let writes = try book.save(tokens(), of: production, newID: "l1", at: noon)
    var dumped = ""
    dump(writes, to: &dumped)
    guard case .saveLogin(let login, _) = try #require(writes.first) else {
      Issue.record("a login is saved by another write: \(writes)")
      return
    }
    try store.commitAll(writes)
    var places = [dumped.utf8.map { $0 }, login.sealedAccessToken, try #require(login.sealedRefreshToken)]
    for name in try Files.list(directory.path) where name != "master.key" {
      places.append(try Files.read(directory.file(name), limit: 1 << 24))
    }
    #expect(places.count > 3)
    for place in places {
      #expect(!contains(place, Self.access) && !contains(place, Self.refresh))
    }
    #expect(places.contains { contains($0, "somebody") })
  }

  @Test mutating func `a sealed token that was moved does not open, and the error does not show it`() throws {
    try store.commitAll(book.save(tokens(), of: production, newID: "l1", at: noon))
    let login = try #require(book.login(of: production))
    var swapped = login
    swapped.sealedAccessToken = try #require(login.sealedRefreshToken)
    var elsewhere = login
    (elsewhere.id, elsewhere.environmentID) = ("l2", development.id)
    try store.commitAll([.saveLogin(swapped, at: noon), .saveLogin(elsewhere, at: noon)])
    try book.reload(from: store)
    for environment in [production, development] {
      let error = #expect(throws: JobError.self) { try book.accessToken(of: environment) }
      #expect(error?.code == .authRequired)
      #expect(error?.text.hasSuffix("run: honeydew login --env \(environment.name)") == true)
      #expect(error?.text.contains("token-") == false)
    }
  }

  @Test mutating func `a new pair replaces the old one and begins a new generation`() throws {
    try store.commitAll(book.save(tokens(), of: production, newID: "l1", at: noon))
    try store.commitAll(book.countAuthFailure(in: production, at: noon))
    try store.commitAll(book.countAuthFailure(in: production, at: noon))
    #expect(book.login(of: production)?.failedAuthJobs == 2)
    #expect(try store.login(environmentID: production.id)?.failedAuthJobs == 2)
    var next = tokens()
    next.access = "next"
    try store.commitAll(book.save(next, of: production, newID: "l2", at: noon))
    let token = try book.accessToken(of: production)
    #expect(token.text == "next" && token.generation == 2)
    #expect(book.login(of: production)?.failedAuthJobs == 0)
    #expect(try store.logins() == [book.login(of: production)!])
    #expect(book.failedAuthJobs(in: production) == 0)
    // Where nobody is logged in they are counted, too, and a logout forgets none.
    try store.commitAll(book.countAuthFailure(in: development, at: noon))
    try store.commitAll(book.countAuthFailure(in: production, at: noon) + book.removeLogin(of: production))
    try store.commitAll(book.countAuthFailure(in: production, at: noon))
    book = try EnvironmentBook(store: store, vault: vault)
    #expect(book.failedAuthJobs(in: development) == 1 && book.failedAuthJobs(in: production) == 2)
    try store.commitAll(book.save(next, of: production, newID: "l3", at: noon))
    #expect(book.failedAuthJobs(in: production) == 0)
    try store.commitAll(book.remove(development))
    #expect(try store.config(key: EnvironmentNumbers.failedAuthJobsKey) == "")
  }

  @Test mutating func `without a login the remedy is told`() throws {
    let absent = #expect(throws: JobError.self) { try book.accessToken(of: development) }
    #expect(absent?.code == .authRequired)
    #expect(absent?.text.hasSuffix("run: honeydew login --env development") == true)
    #expect(book.needsAuth(development, now: noon))
    _ = try book.save(tokens(), of: production, newID: "l1", at: noon)
    let expiry = noon + .seconds(900)
    // The refresh token is still good.
    #expect(!book.needsAuth(production, now: expiry))
    #expect(book.needsAuth(production, now: noon + .seconds(3600)))
  }

  @Test mutating func `a refresh keeps the count of failed jobs, and the refresh token if it has none`() throws {
    try store.commitAll(book.save(tokens(), of: production, newID: "l1", at: noon))
    try store.commitAll(book.countAuthFailure(in: production, at: noon))
    var next = tokens()
    (next.access, next.refresh, next.refreshExpiresAt) = ("next", "", nil)
    try store.commitAll(book.save(next, of: production, newID: "l2", isRefresh: true, at: noon))
    let login = try #require(book.login(of: production))
    #expect(login.failedAuthJobs == 1 && login.generation == 2)
    #expect(try book.refreshToken(of: production) == Self.refresh)
    #expect(login.refreshExpiresAt == noon + .seconds(3600))
    #expect(try store.logins() == [login])
  }

  @Test mutating func `a refused refresh token is forgotten, and a refused access token with it`() throws {
    try store.commitAll(book.save(tokens(), of: production, newID: "l1", at: noon))
    try store.commitAll(book.dropRefreshToken(of: production, at: noon))
    #expect(!book.needsAuth(production, now: noon))
    #expect(book.needsAuth(production, now: noon + .seconds(900)))
    #expect(throws: JobError.self) { try book.refreshToken(of: production) }
    try store.commitAll(book.save(tokens(), of: production, newID: "l2", at: noon))
    var state = book.state(of: production)
    var marks = AuthMarks()
    let login = try #require(book.login(of: production))
    #expect(
      state.unauthorized(
        generation: 2, current: login, provider: "github", attempt: 1, marks: &marks, now: .zero, wallNow: noon))
    #expect(book.setState(state, of: production) == [])
    try store.commitAll(book.dropRefreshToken(of: production, at: noon))
    #expect(book.needsAuth(production, now: noon))
    #expect(try store.logins() == [book.login(of: production)!])
  }

  @Test mutating func `a pair that the API has refused is known after a restart, until another takes its place`() throws
  {
    try store.commitAll(book.save(tokens(), of: production, newID: "l1", at: noon))
    try store.commitAll(book.setState(AuthState(refusedGeneration: 1), of: production))
    book = try EnvironmentBook(store: store, vault: vault)
    #expect(book.needsReauth(production, now: noon) && !book.isAuthenticated(production, now: noon))
    #expect(!book.needsAuth(production, now: noon))
    try store.commitAll(book.save(tokens(), of: production, newID: "l2", at: noon))
    #expect(!book.needsReauth(production, now: noon) && book.isAuthenticated(production, now: noon))
    try store.commitAll(book.setState(AuthState(), of: production))
    #expect(try store.config(key: EnvironmentNumbers.refusedTokensKey) == "")
    #expect(book.needsReauth(development, now: noon) && !book.isAuthenticated(development, now: noon))
  }

  @Test func `another master key is refused before it can seal anything`() throws {
    _ = try Vault.open(.file(directory.file("master.key")), store: store)
    #expect(try Files.remove(directory.file("master.key")))
    let error = #expect(throws: StartupError.self) {
      try Vault.open(.file(directory.file("master.key")), store: store)
    }
    #expect(error?.exitStatus == 78)
    #expect(error?.message.contains(directory.file("master.key")) == true)
  }

  private func tokens() -> Tokens {
    Tokens(
      username: "somebody", access: Self.access, accessExpiresAt: noon + .seconds(900), refresh: Self.refresh,
      refreshExpiresAt: noon + .seconds(3600))
  }

  private func contains(_ bytes: [UInt8], _ text: String) -> Bool {
    let wanted = Array(text.utf8)
    return bytes.indices.contains { bytes[$0...].starts(with: wanted) }
  }
}

/// One for all tests, because the derivation of its key is slow on purpose. It never changes.
private nonisolated(unsafe) let vault: Vault = {
  let directory = TemporaryDirectory()
  do {
    return try Vault(masterKey: .loadOrCreate(directory.file("master.key")), salt: [UInt8](repeating: 7, count: 16))
  } catch {
    preconditionFailure("there is no vault for the tests: \(error)")
  }
}()

private func environment(_ name: String, isActive: Bool = false) -> Environment {
  Environment(
    id: "id-\(name)", name: name, baseURL: "https://\(name).test/graphql", isActive: isActive, createdAt: noon)
}
