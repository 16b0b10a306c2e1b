internal import Glibc

/// Why a key or a sealed value cannot be used.
public struct VaultError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// The file of the master key cannot be read or made, or is not fit to be one.
    case keyFile
    /// A sealed value was changed, belongs to another context, or was sealed under another key.
    case notAuthentic
    /// A library refused: out of memory or of random numbers.
    case library
  }

  public let code: Code
  /// What happened and what to do about it. No part of a key or of a plaintext is in it.
  public let message: String

  public var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// A system call on the master key's file failed with `errno`.
  static func keyFile(_ path: String, _ what: String) -> VaultError {
    VaultError(.keyFile, "\(path): the master key \(what): \(String(cString: strerror(errno))).")
  }
}
