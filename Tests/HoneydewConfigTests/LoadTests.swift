import Glibc
import Testing

@testable import HoneydewConfig

/// The real files.
final class LoadTests {
  let directory: String
  let home: Home

  init() throws {
    var template = Array("/tmp/honeydew-config-XXXXXX".utf8CString)
    directory = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    home = try Home(directory)
  }

  deinit {
    unlink(home.configuration)
    rmdir(directory)
  }

  func write(_ text: String) {
    let descriptor = open(home.configuration, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    #expect(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
  }

  @Test func `A missing file of the home means the defaults`() throws {
    #expect(try Configuration.load(home: home).settings == Settings(home: home))
  }

  @Test func `A missing file that was named is an error`() {
    let error = #expect(throws: ConfigError.self) { try Configuration.load(path: home.configuration, home: home) }
    #expect(
      error?.description
        == "\(home.configuration): the configuration cannot be read: No such file or directory")
  }

  @Test func `The home's file is read, and errors name its path`() throws {
    write("queue:\n  workers: 2\n")
    #expect(try Configuration.load(home: home).settings.queue.workers == 2)
    write("queue:\n  workers: x\n")
    let error = #expect(throws: ConfigError.self) { try Configuration.load(home: home) }
    #expect(
      error?.description
        == "\(home.configuration):2: queue.workers: must be a whole number from 1 to 256")
  }

  @Test func `A directory and an endless file are refused`() {
    let error = #expect(throws: ConfigError.self) { try Configuration.load(path: directory, home: home) }
    #expect(error?.description == "\(directory): the configuration cannot be read: Is a directory")
    let endless = #expect(throws: ConfigError.self) { try Configuration.load(path: "/dev/zero", home: home) }
    #expect(endless?.description == "/dev/zero: this is no configuration: it has more than 1048576 bytes")
  }
}
