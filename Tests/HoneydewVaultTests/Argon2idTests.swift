import CArgon2
import Testing

@testable import HoneydewVault

struct Argon2idTests {
  @Test func `The library gives RFC 9106's test vector`() {
    // Section 5.3.
    var password = [UInt8](repeating: 1, count: 32)
    var salt = [UInt8](repeating: 2, count: 16)
    var secret = [UInt8](repeating: 3, count: 8)
    var associatedData = [UInt8](repeating: 4, count: 12)
    var tag = [UInt8](repeating: 0, count: 32)
    let result = tag.withUnsafeMutableBufferPointer { tag in
      password.withUnsafeMutableBufferPointer { password in
        salt.withUnsafeMutableBufferPointer { salt in
          secret.withUnsafeMutableBufferPointer { secret in
            associatedData.withUnsafeMutableBufferPointer { associatedData in
              var context = argon2_context()
              (context.out, context.outlen) = (tag.baseAddress, 32)
              (context.pwd, context.pwdlen) = (password.baseAddress, 32)
              (context.salt, context.saltlen) = (salt.baseAddress, 16)
              (context.secret, context.secretlen) = (secret.baseAddress, 8)
              (context.ad, context.adlen) = (associatedData.baseAddress, 12)
              (context.m_cost, context.t_cost, context.lanes, context.threads) = (32, 3, 4, 1)
              context.version = ARGON2_VERSION_13.rawValue
              return argon2id_ctx(&context)
            }
          }
        }
      }
    }
    #expect(result == ARGON2_OK.rawValue)
    #expect(tag == [UInt8](hexadecimal: "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"))
  }

  @Test func `The derived key is that of another implementation`() throws {
    // Made with Python's argon2-cffi: 3 passes, 65536 KiB, 1 lane.
    let key = try Argon2id.deriveKey(from: makeMasterKey(0..<32).secret, salt: Array(100..<116))
    #expect(key.copy == [UInt8](hexadecimal: "8ab231675f65fd32b8ffbb096e7f40083038005458a0a664a61996b2e6107f36"))
  }
}
