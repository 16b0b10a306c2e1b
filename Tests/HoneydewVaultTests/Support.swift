import Glibc
import Testing

@testable import HoneydewVault

/// A directory of one test, removed with it.
final class TemporaryDirectory {
  let path: String

  init() {
    var template = Array("/tmp/honeydew-vault-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit {
    for name in names { unlink(path + "/" + name) }
    rmdir(path)
  }

  var names: [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

func readFile(_ path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
  return bytes
}

func writeFile(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o600) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  defer { close(descriptor) }
  #expect(write(descriptor, bytes, bytes.count) == bytes.count)
  #expect(fchmod(descriptor, mode) == 0)
}

func makeMasterKey(_ bytes: some Sequence<UInt8>) throws -> MasterKey {
  let secret = try SecretKey()
  secret.withBytes { $0.copyBytes(from: Array(bytes)) }
  return MasterKey(secret)
}

extension SecretKey {
  var copy: [UInt8] { withBytes { Array($0) } }
}

extension [UInt8] {
  init(hexadecimal text: String) {
    let digits = text.compactMap(\.hexDigitValue)
    self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
