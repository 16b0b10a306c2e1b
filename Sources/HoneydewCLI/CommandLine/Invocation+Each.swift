extension Invocation {
  /// Does something to one thing after the other, and goes on where one is refused.
  ///
  /// - Returns: the answers, and what is to be thrown when they were shown.
  func each<Answer>(
    of names: [String], _ change: (String) throws(Failure) -> Answer
  ) -> (answers: [Answer], failure: Failure?) {
    var answers: [Answer] = []
    var failures: [Failure] = []
    for name in names {
      do throws(Failure) {
        answers.append(try change(name))
      } catch {
        failures.append(error)
        // The others would fare the same.
        if error.status == .unreachable || error.status == .interrupted { break }
      }
    }
    guard var failure = failures.first else { return (answers, nil) }
    failure.more = failures.dropFirst().map(\.text)
    return (answers, failure)
  }
}
