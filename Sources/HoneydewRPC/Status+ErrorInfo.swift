internal import HoneydewProtobuf

extension Status {
  /// What a program reads of an error (`google.rpc.ErrorInfo`).
  public typealias ErrorInfo = (reason: String, domain: String, metadata: [String: String])

  private static let errorInfoType = "type.googleapis.com/\(Google_Rpc_ErrorInfo.protoMessageName)"

  /// A status that tells a person the message and a program the reason.
  ///
  /// - Parameter reason: UPPER_SNAKE_CASE, stable within the domain.
  public static func error(
    _ code: Code, _ message: String, reason: String, domain: String = "honeydew", metadata: [String: String] = [:]
  ) -> Status {
    let info = Google_Rpc_ErrorInfo.with {
      $0.reason = reason
      $0.domain = domain
      $0.metadata = metadata
    }
    let status = Google_Rpc_Status.with {
      $0.code = Int32(code.rawValue)
      $0.message = message
      $0.details = [
        .with {
          $0.typeURL = errorInfoType
          // A message that is too large to encode goes without; protobuf's limit is 2 GiB.
          $0.value = (try? info.serializedBytes()) ?? []
        }
      ]
    }
    return Status(code, message, details: try? status.serializedBytes())
  }

  /// The first `ErrorInfo` in the details, or nil if there is none or the details cannot be decoded.
  public var errorInfo: ErrorInfo? {
    guard let details, let status = try? Google_Rpc_Status(serializedBytes: details),
      let any = status.details.first(where: { $0.typeURL == Status.errorInfoType }),
      let info = try? Google_Rpc_ErrorInfo(serializedBytes: any.value)
    else { return nil }
    return (info.reason, info.domain, info.metadata)
  }
}
