import Testing

@testable import HoneydewVault

struct VaultTests {
  static let masterKey = Array<UInt8>(0..<32)
  static let salt = Array<UInt8>(100..<116)

  let vault: Vault

  init() throws {
    vault = try Vault(masterKey: makeMasterKey(Self.masterKey), salt: Self.salt)
  }

  @Test(arguments: [0, 1, 15, 16, 17, 4096, 1 << 20])
  func `What is sealed opens again`(length: Int) throws {
    let secret = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
    let sealed = try vault.seal(secret, context: "a place")
    #expect(sealed.count == 12 + length + 16)
    #expect(try vault.open(sealed, context: "a place") == secret)
  }

  @Test func `The parameters and the layout are those of others' Argon2id and AES-256-GCM`() throws {
    // Made with Python's argon2-cffi and cryptography: 3 passes, 65536 KiB, 1 lane; the nonce is 00 to 0b.
    let sealed = [UInt8](
      hexadecimal: "000102030405060708090a0bae687bc770fef9235b5365d4f58634cc04c33809d4b176")
    #expect(try vault.open(sealed, context: "auth_tokens/x/access") == Array("a token".utf8))
  }

  @Test func `Sealing twice gives two values`() throws {
    let secret = Array("a token".utf8)
    let values = try (0..<100).map { _ in try vault.seal(secret, context: "") }
    #expect(Set(values.map { Array($0.prefix(12)) }).count == values.count)
    #expect(Set(values).count == values.count)
  }

  @Test func `A change of any bit is noticed`() throws {
    let sealed = try vault.seal(Array("a token".utf8), context: "a place")
    for index in sealed.indices {
      for bit in 0..<8 {
        var changed = sealed
        changed[index] ^= 1 << bit
        #expect(throws: VaultError.self) { try vault.open(changed, context: "a place") }
      }
    }
  }

  @Test func `A value that was cut or extended does not open`() throws {
    let sealed = try vault.seal(Array("a token".utf8), context: "a place")
    for length in sealed.indices {
      let error = #expect(throws: VaultError.self) { try vault.open(Array(sealed[..<length]), context: "a place") }
      #expect(error?.code == .notAuthentic)
    }
    #expect(throws: VaultError.self) { try vault.open(sealed + [0], context: "a place") }
  }

  @Test(arguments: ["", "a plac", "a place ", "another"])
  func `A value opens in its own place only`(context: String) throws {
    let sealed = try vault.seal(Array("a token".utf8), context: "a place")
    let error = #expect(throws: VaultError.self) { try vault.open(sealed, context: context) }
    #expect(error?.code == .notAuthentic)
  }

  @Test func `Another master key or another salt does not open it`() throws {
    let sealed = try vault.seal(Array("a token".utf8), context: "a place")
    let others = [
      try Vault(masterKey: makeMasterKey(1..<33), salt: Self.salt),
      try Vault(masterKey: makeMasterKey(Self.masterKey), salt: Array(101..<117)),
    ]
    for other in others {
      let error = #expect(throws: VaultError.self) { try other.open(sealed, context: "a place") }
      #expect(error?.code == .notAuthentic)
    }
  }

  @Test func `A salt that is too short is refused`() throws {
    let key = try makeMasterKey(Self.masterKey)
    let error = #expect(throws: VaultError.self) { try Vault(masterKey: key, salt: [1, 2, 3]) }
    #expect(error?.code == .library)
    #expect(error?.message == "The key cannot be derived from the master key: Salt is too short.")
  }
}
