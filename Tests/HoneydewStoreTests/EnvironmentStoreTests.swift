import HoneydewCore
import Testing

@testable import HoneydewStore

@Suite struct EnvironmentStoreTests {
  let directory = TemporaryDirectory()
  let store: Store

  init() throws {
    store = try Store(path: directory.database, now: now)
  }

  @Test func `Environments come back as they were written, by name`() throws {
    var test = makeEnvironment("test", isActive: true)
    test.description = "for tests"
    test.caFile = "/etc/ca.pem"
    let live = makeEnvironment("live")
    #expect(try store.commit([.insertEnvironment(test), .insertEnvironment(live)], durable: true).isEmpty)
    #expect(try store.environments() == [live, test])
  }

  @Test func `Activating one environment deactivates the others`() throws {
    let names = ["a", "b", "c"]
    _ = try store.commit(
      names.map { .insertEnvironment(makeEnvironment($0, isActive: $0 == "a")) }
        + [.activateEnvironment(id: "id-c", at: now)], durable: true)
    #expect(try store.environments().filter(\.isActive).map(\.name) == ["c"])
  }

  @Test func `A name is taken once`() throws {
    let rejected = try store.commit(
      [.insertEnvironment(makeEnvironment("a")), .insertEnvironment(makeEnvironment("a"))], durable: true)
    #expect(rejected.keys.sorted() == [1])
  }

  @Test func `An environment takes its login with it`() throws {
    _ = try store.commit(
      [.insertEnvironment(makeEnvironment("a")), .saveLogin(makeLogin("a"), at: now)], durable: true)
    #expect(try store.login(environmentID: "id-a") == makeLogin("a"))
    _ = try store.commit([.removeEnvironment(id: "id-a")], durable: true)
    #expect(try store.logins().isEmpty)
  }

  @Test func `An environment has one login`() throws {
    _ = try store.commit(
      [
        .insertEnvironment(makeEnvironment("a")), .insertEnvironment(makeEnvironment("b")),
        .saveLogin(makeLogin("a"), at: now), .saveLogin(makeLogin("b", id: "other"), at: now),
      ], durable: true)
    var refreshed = makeLogin("a")
    refreshed.generation = 2
    refreshed.sealedAccessToken = [9]
    refreshed.sealedRefreshToken = nil
    #expect(try store.commit([.saveLogin(refreshed, at: now)], durable: true).isEmpty)
    #expect(try store.login(environmentID: "id-a") == refreshed)
    let another = makeLogin("a", id: "third", username: "grace")
    #expect(try store.commit([.saveLogin(another, at: now)], durable: true).isEmpty)
    #expect(try store.logins() == [another, makeLogin("b", id: "other")])
  }

  /// The table would take it, since its name is another one.
  @Test(arguments: ["id-a", "id-\u{E9}"])
  func `A second login of an environment was written by no daemon, and is refused as a row`(environment: String) throws
  {
    let database = try Database(path: directory.database)
    try database.execute("PRAGMA foreign_keys = OFF")
    let insertion = try database.prepare(
      """
      INSERT INTO auth_tokens (id, environment_id, username, encrypted_access_token, created_at, updated_at)
      VALUES (?1, ?2, ?1, x'00', '', '')
      """)
    // The second one is the same text to Swift, in other bytes.
    for (id, name) in [("first", environment), ("second", environment == "id-a" ? environment : "id-e\u{301}")] {
      insertion.bind(1, id)
      insertion.bind(2, name)
      try insertion.run()
    }
    database.close()
    #expect {
      _ = try store.logins()
    } throws: { error in
      let error = error as? StoreError
      return error?.isOfOneRow == true && error?.code == .corrupt && "\(error!)".contains("environment_id")
    }
  }

  @Test func `A login that cannot be saved leaves the old one`() throws {
    _ = try store.commit(
      [
        .insertEnvironment(makeEnvironment("a")), .saveLogin(makeLogin("a"), at: now),
        .insertEnvironment(makeEnvironment("b")), .saveLogin(makeLogin("b", id: "other"), at: now),
      ], durable: true)
    try store.database.execute(
      "CREATE TRIGGER refuse BEFORE INSERT ON auth_tokens BEGIN SELECT RAISE(ABORT, 'refused'); END")
    let rejected = try store.commit(
      [.saveLogin(makeLogin("a", id: "new"), at: now), .setConfig(key: "k", value: "v")], durable: true)
    #expect(rejected[0]?.code == .constraint)
    #expect(try store.login(environmentID: "id-a") == makeLogin("a"))
    #expect(try store.config(key: "k") == "v")
  }

  @Test func `A login needs its environment`() throws {
    let rejected = try store.commit([.saveLogin(makeLogin("nowhere"), at: now)], durable: true)
    #expect(rejected[0]?.code == .constraint)
  }

  @Test func `Authentication failures are counted until the login goes`() throws {
    _ = try store.commit(
      [
        .insertEnvironment(makeEnvironment("a")), .saveLogin(makeLogin("a"), at: now),
        .countAuthFailure(environmentID: "id-a", at: now), .countAuthFailure(environmentID: "id-a", at: now),
      ], durable: false)
    #expect(try store.login(environmentID: "id-a")?.failedAuthJobs == 2)
    _ = try store.commit([.removeLogin(environmentID: "id-a")], durable: true)
    #expect(try store.login(environmentID: "id-a") == nil)
  }

  @Test func `Configuration values are replaced`() throws {
    _ = try store.commit([.setConfig(key: "salt", value: "1"), .setConfig(key: "salt", value: "2")], durable: true)
    #expect(try store.config(key: "salt") == "2")
    #expect(try store.config(key: "pepper") == nil)
  }
}
