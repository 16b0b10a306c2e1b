internal import HoneydewCore
internal import HoneydewFrames

extension AttemptFailure {
  /// A worker's report. A code that the contract's table does not hold is the worker's fault.
  init(_ report: Honeydew_Worker_Failure) {
    guard let code = ErrorCode(rawValue: report.code) else {
      self.init(
        JobError(.protocolError, "the worker reported the unknown code \(report.code.shortened(toBytes: 64).printable)")
      )
      return
    }
    self.init(
      JobError(code, report.text.asReport), notSent: report.notSent, isPermanent: report.permanent,
      retryAfter: report.retryAfterMs > 0 ? min(.milliseconds(report.retryAfterMs), Throttle.longestRest) : nil,
      data: report.data.isEmpty ? nil : .inline(report.data), wasNotKept: report.notKept)
  }
}

extension String {
  /// A worker's text as it is kept: those of a thousand listed jobs must fit into one message.
  var asReport: String { shortened(toBytes: 2048) }
}
