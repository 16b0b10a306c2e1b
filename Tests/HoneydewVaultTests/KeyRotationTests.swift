import Glibc
import Testing

@testable import HoneydewVault

struct KeyRotationTests {
  let directory = TemporaryDirectory()
  var path: String { directory.path + "/master.key" }
  let salt = [UInt8](repeating: 5, count: 16)

  /// What a helper does, and what its daemon reads of it.
  private func makeNext() throws -> Vault {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    try MasterKey.makeNext(of: path, salt: salt, telling: ends[1])
    return try Vault(readingKeyFrom: ends[0])
  }

  @Test func `the next key lies beside the present one until it is adopted`() throws {
    let present = try MasterKey.loadOrCreate(path).secret.copy
    let vault = try makeNext()
    #expect(directory.names == ["master.key", "master.key.next"])
    #expect(readFile(path) == present)
    var status = stat()
    #expect(stat(MasterKey.next(of: path), &status) == 0 && status.st_mode & 0o7777 == 0o600)
    let sealed = try vault.seal([1, 2, 3], context: "c")
    try MasterKey.adoptNext(of: path)
    #expect(directory.names == ["master.key"])
    #expect(readFile(path) != present)
    #expect(try Vault(masterKey: .loadOrCreate(path), salt: salt).open(sealed, context: "c") == [1, 2, 3])
  }

  @Test func `a next key that was left over is made again, and can be discarded`() throws {
    writeFile(MasterKey.next(of: path), [1, 2, 3])
    _ = try makeNext()
    #expect(readFile(MasterKey.next(of: path)).count == 32)
    writeFile(MasterKey.next(of: path) + ".new", [1, 2, 3])
    MasterKey.discardNext(of: path)
    MasterKey.discardNext(of: path)
    #expect(directory.names == [])
    let error = #expect(throws: VaultError.self) { try MasterKey.adoptNext(of: path) }
    #expect(error?.code == .keyFile)
  }

  @Test func `half a derived key is none`() throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    defer { close(ends[0]) }
    #expect(write(ends[1], [1, 2, 3], 3) == 3)
    close(ends[1])
    let error = #expect(throws: VaultError.self) { try Vault(readingKeyFrom: ends[0]) }
    #expect(error?.code == .library)
  }

  @Test(arguments: [(0o400, true), (0o440, true), (0o600, true), (0o444, false), (0o460, false)] as [(mode_t, Bool)])
  func `a credential may be read by its group, as an access control list looks, and by nobody else`(
    mode: mode_t, isTaken: Bool
  ) throws {
    #expect(try MasterKey.load(credential: path) == nil)
    writeFile(path, [UInt8](repeating: 7, count: 32), mode: mode)
    let isLoaded = (try? MasterKey.load(credential: path)) != nil
    #expect(isLoaded == isTaken)
  }
}
