import Glibc
import Testing

@testable import HoneydewVault

struct MasterKeyTests {
  let directory = TemporaryDirectory()
  var path: String { directory.path + "/master.key" }

  @Test func `The first start makes a key for its owner alone, and the next ones read it`() throws {
    let made = try MasterKey.loadOrCreate(path)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o600)
    #expect(directory.names == ["master.key"])
    #expect(readFile(path) == made.secret.copy)
    #expect(readFile(path) != [UInt8](repeating: 0, count: 32))
    #expect(try MasterKey.loadOrCreate(path).secret.copy == readFile(path))
  }

  @Test func `Two homes have two keys`() throws {
    let other = TemporaryDirectory()
    _ = try MasterKey.loadOrCreate(path)
    _ = try MasterKey.loadOrCreate(other.path + "/master.key")
    #expect(readFile(path) != readFile(other.path + "/master.key"))
  }

  @Test func `What a crash left of a key that was being made does not matter`() throws {
    writeFile(path + ".new", [1, 2, 3])
    _ = try MasterKey.loadOrCreate(path)
    #expect(readFile(path).count == 32)
    #expect(directory.names == ["master.key"])
  }

  @Test(arguments: [0o640, 0o604, 0o620, 0o660, 0o644, 0o777] as [mode_t])
  func `A key that others may use is refused`(mode: mode_t) throws {
    writeFile(path, [UInt8](repeating: 7, count: 32), mode: mode)
    let error = #expect(throws: VaultError.self) { try MasterKey.loadOrCreate(path) }
    #expect(error?.code == .keyFile)
    #expect(error?.message.contains("(mode 0\(String(mode, radix: 8))). Run: chmod 600 \(path)") == true)
  }

  @Test(arguments: [0o600, 0o400] as [mode_t])
  func `A key that its owner alone may use is taken`(mode: mode_t) throws {
    writeFile(path, [UInt8](repeating: 7, count: 32), mode: mode)
    #expect(try MasterKey.loadOrCreate(path).secret.copy == [UInt8](repeating: 7, count: 32))
  }

  @Test(arguments: [0, 31, 33, 4096])
  func `A key of another length is refused and left as it is`(length: Int) throws {
    writeFile(path, [UInt8](repeating: 7, count: length))
    let error = #expect(throws: VaultError.self) { try MasterKey.loadOrCreate(path) }
    #expect(error?.message.contains("must have 32 bytes, and this file has \(length)") == true)
    #expect(readFile(path).count == length)
  }

  @Test(.enabled(if: geteuid() == 0, "giving a file away needs root"))
  func `A key of another user is refused`() throws {
    writeFile(path, [UInt8](repeating: 7, count: 32))
    #expect(chown(path, 65534, 65534) == 0)
    let error = #expect(throws: VaultError.self) { try MasterKey.loadOrCreate(path) }
    #expect(error?.message.contains("belongs to another user (uid 65534)") == true)
  }

  @Test func `A directory and a pipe are no keys`() throws {
    let error = #expect(throws: VaultError.self) { try MasterKey.loadOrCreate(directory.path) }
    #expect(error?.message == "\(directory.path): the master key must be a regular file.")
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: VaultError.self) { try MasterKey.loadOrCreate(path) }
  }

  @Test func `A missing directory is named with the reason`() throws {
    let path = directory.path + "/none/master.key"
    let error = #expect(throws: VaultError.self) { try MasterKey.loadOrCreate(path) }
    #expect(error?.message == "\(path): the master key cannot be made: No such file or directory.")
  }

  @Test func `A key is in no core dump`() throws {
    let key = try MasterKey.loadOrCreate(path)
    let address = key.secret.withBytes { UInt(bitPattern: $0.baseAddress!) }
    // proc(5): a line `from-to …` begins each mapping, and its `VmFlags` have `dd` where dumps leave it out.
    var isInside = false
    var flags: Substring?
    for line in String(decoding: readFile("/proc/self/smaps"), as: UTF8.self).split(separator: "\n") {
      let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
      if bounds.count == 2 { isInside = (bounds[0]..<bounds[1]).contains(address) }
      if isInside, line.hasPrefix("VmFlags:") { flags = line }
    }
    #expect(flags?.split(separator: " ").contains("dd") == true)
    withExtendedLifetime(key) {}
  }
}
