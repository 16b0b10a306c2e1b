internal import CLinux

/// Sight of a process that is not our child, through a pidfd: its number cannot go to another one unnoticed.
public struct ProcessWatch: ~Copyable {
  private let descriptor: FileDescriptor

  /// Nil when there is no such process.
  public init?(pid: Int32) {
    let number = pid > 0 ? honeydew_pidfd_open(pid) : -1
    guard number >= 0 else { return nil }
    descriptor = FileDescriptor(owning: number)
  }

  /// Ready for reading as soon as the process has ended.
  public var fileNumber: Int32 { descriptor.fileNumber }
}
