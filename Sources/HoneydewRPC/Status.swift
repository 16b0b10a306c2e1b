/// How a call ended: a gRPC status (`google.golang.org/grpc/codes`, gRPC "Status codes and their use in gRPC").
public struct Status: Error, Equatable, Sendable {
  /// The seventeen codes of gRPC; a number that is none of them counts as `unknown`.
  public enum Code: Int, Sendable, CaseIterable {
    case ok = 0
    case cancelled = 1
    case unknown = 2
    case invalidArgument = 3
    case deadlineExceeded = 4
    case notFound = 5
    case alreadyExists = 6
    case permissionDenied = 7
    case resourceExhausted = 8
    case failedPrecondition = 9
    case aborted = 10
    case outOfRange = 11
    case unimplemented = 12
    case `internal` = 13
    case unavailable = 14
    case dataLoss = 15
    case unauthenticated = 16
  }

  public var code: Code
  /// For people: what happened and what to do. Any Unicode text; it travels percent-encoded.
  public var message: String
  /// A serialized `google.rpc.Status`, sent as `grpc-status-details-bin`. Its code and message must equal this one's.
  public var details: [UInt8]?

  public init(_ code: Code, _ message: String = "", details: [UInt8]? = nil) {
    self.code = code
    self.message = message
    self.details = details
  }

  public static let ok = Status(.ok)

  public var isOK: Bool { code == .ok }
}

extension Status: CustomStringConvertible {
  public var description: String { message.isEmpty ? "\(code)" : "\(code): \(message)" }
}
