extension Status {
  /// What is sent of a message at most, in bytes before the percent-encoding, and of the details before base64. Together
  /// they stay below 8 KiB, where common clients begin to refuse metadata; from 64 KiB on nghttp2 sends none at all.
  private static let maximumMessageBytes = 1024
  private static let maximumDetailsBytes = 3 * 1024

  /// This status as it fits into trailers: a long message is cut, and details that are too large for what is left lose
  /// all but reason and domain.
  var fittingTrailers: Status {
    let isShort = message.utf8.count <= Status.maximumMessageBytes
    if isShort, (details?.count ?? 0) <= Status.maximumDetailsBytes { return self }
    let message = isShort ? self.message : self.message.cut(toBytes: Status.maximumMessageBytes)
    guard let info = errorInfo else { return Status(code, message) }
    let status = Status.error(code, message, reason: info.reason, domain: info.domain, metadata: info.metadata)
    if let details = status.details, details.count <= Status.maximumDetailsBytes { return status }
    return .error(code, message, reason: info.reason, domain: info.domain)
  }
}

extension String {
  /// The beginning that fits into so many bytes of UTF-8, with an ellipsis.
  fileprivate func cut(toBytes limit: Int) -> String {
    let ellipsis: Unicode.Scalar = "…"
    var left = limit - UTF8.width(ellipsis)
    var beginning = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      left -= UTF8.width(scalar)
      guard left >= 0 else { break }
      beginning.append(scalar)
    }
    beginning.append(ellipsis)
    return String(beginning)
  }
}
