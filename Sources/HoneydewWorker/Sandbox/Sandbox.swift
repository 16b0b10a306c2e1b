internal import CLinux
internal import Glibc
public import HoneydewCore
internal import HoneydewSystem

/// What a worker keeps of the world: libraries, the resolver's files, certificates, connections to the API, and what the
/// daemon has passed to it.
public enum Sandbox {
  /// Directories and files that a worker may read, where they are.
  static let readable =
    // Libraries that are loaded when a name is looked up.
    ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"]
    + ["/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/etc/crypto-policies"]
    // Certificates of authorities, by system.
    + ["/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/etc/ca-certificates"]
    + ["/etc/ssl/cert.pem", "/etc/pki/tls/certs", "/etc/pki/ca-trust", "/usr/share/pki"]
    + resolverFiles

  /// What the resolver reads. Some of it is replaced while a worker runs.
  static let resolverFiles = [
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services",
  ]

  /// Gives up all else, for good. What the kernel does not have is passed over, and told.
  public static func enter(_ mode: SandboxMode) -> SandboxGrant {
    var grant = SandboxGrant()
    guard mode != .off else { return grant }
    var problems: [String] = []
    do throws(Errno) {
      grant.landlock = try restrictFiles()
      if grant.landlock == 0 { problems.append("the kernel has no Landlock, or it is switched off") }
    } catch {
      problems.append("Landlock: \(error)")
    }
    do throws(Errno) {
      try SystemCallFilter.load(SystemCallRules(pid: getpid()))
      grant.filtersCalls = true
    } catch {
      problems.append("seccomp: \(error)")
    }
    grant.problem = problems.joined(separator: "; ")
    return grant
  }

  /// - Returns: Landlock's version.
  private static func restrictFiles() throws(Errno) -> Int {
    var paths: [UnsafePointer<CChar>?] = readable.map { UnsafePointer(strdup($0)) }
    defer { for path in paths { free(UnsafeMutablePointer(mutating: path)) } }
    let version = honeydew_landlock_restrict(&paths, Int32(paths.count))
    guard version >= 0 else { throw Errno(errno, call: "landlock_restrict_self") }
    return Int(version)
  }
}
