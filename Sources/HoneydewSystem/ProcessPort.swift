import Glibc

/// A port at which a process listens.
public struct ProcessPort: Equatable, Sendable {
  public enum Transport: String, CaseIterable, Sendable {
    case tcp, udp
  }

  public let transport: Transport
  public let address: String
  public let number: UInt16
  public let pid: Int32
  /// The process's name.
  public let program: String

  /// Those of some processes, by their numbers.
  /// - Throws: where they may not be looked at.
  public static func listening(_ pids: [Int32]) throws(Errno) -> [ProcessPort] {
    var found: [ProcessPort] = []
    for pid in pids {
      // One that has ended meanwhile has none.
      guard let inodes = try socketInodes(of: pid), !inodes.isEmpty else { continue }
      let program = ProcessTable.name(of: pid) ?? ""
      for transport in Transport.allCases {
        for version in ["", "6"] {
          // In the network that the process is in. A kernel without IPv6 has no such table.
          guard let table = try? Files.read("/proc/\(pid)/net/\(transport)\(version)", limit: 64 << 20) else {
            continue
          }
          found += Row.rows(String(decoding: table, as: UTF8.self), transport).filter { inodes.contains($0.inode) }.map
          {
            ProcessPort(transport: transport, address: $0.address, number: $0.port, pid: pid, program: program)
          }
        }
      }
    }
    return found.sorted { ($0.number, $0.pid, $0.address) < ($1.number, $1.pid, $1.address) }
  }

  /// Nil for a process that is gone.
  private static func socketInodes(of pid: Int32) throws(Errno) -> Set<UInt64>? {
    let directory = "/proc/\(pid)/fd"
    let names: [String]
    do throws(Errno) {
      names = try Files.list(directory)
    } catch {
      if error.number == ENOENT || error.number == ESRCH { return nil }
      throw error
    }
    var inodes: Set<UInt64> = []
    for name in names {
      var target = [CChar](repeating: 0, count: 64)
      let count = readlink("\(directory)/\(name)", &target, target.count)
      guard count > 0 else { continue }
      let text = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if text.hasPrefix("socket:["), let inode = UInt64(text.dropFirst(8).dropLast()) { inodes.insert(inode) }
    }
    return inodes
  }

  /// A socket that listens, as a table of `/proc/net` has it.
  struct Row: Equatable {
    let address: String
    let port: UInt16
    let inode: UInt64

    /// - Parameter text: of `/proc/net/tcp` and its like (proc(5)).
    static func rows(_ text: String, _ transport: Transport) -> [Row] {
      text.split(separator: "\n").dropFirst().compactMap { line in
        let fields = line.split(separator: " ")
        // TCP_LISTEN; of UDP, TCP_CLOSE: it is connected to nobody (include/net/tcp_states.h).
        guard fields.count > 9, fields[3] == (transport == .tcp ? "0A" : "07"), let inode = UInt64(fields[9]) else {
          return nil
        }
        let parts = fields[1].split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16), let address = address(parts[0]) else {
          return nil
        }
        return Row(address: address, port: port, inode: inode)
      }
    }

    /// Words of 32 bits, each in the order of this machine's bytes.
    private static func address(_ hexadecimal: Substring) -> String? {
      var bytes: [UInt8] = []
      var rest = hexadecimal
      while !rest.isEmpty {
        guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
        withUnsafeBytes(of: word) { bytes += $0 }
        rest = rest.dropFirst(8)
      }
      guard bytes.count == 4 || bytes.count == 16 else { return nil }
      var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
      let family = bytes.count == 4 ? AF_INET : AF_INET6
      let isText = inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil
      return isText ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
  }
}
