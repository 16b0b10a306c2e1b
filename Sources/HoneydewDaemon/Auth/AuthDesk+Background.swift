internal import HoneydewCore

/// Refreshes of an idle daemon.
extension AuthDesk {
  /// A refresh that nobody has asked for. Either moment is nil when it is past.
  typealias BackgroundRefresh = (environment: Environment, due: Timestamp?, notBefore: Duration?)

  private var backgroundRefresh: BackgroundRefresh? {
    guard environments.hasLogins else { return nil }
    let (now, wallNow) = (turn.now, turn.wallNow)
    let candidates = environments.all.compactMap { environment -> (Environment, Timestamp, Duration)? in
      guard !isRefreshing(environment), let login = environments.login(of: environment),
        let (due, notBefore) = environments.state(of: environment).background(login, wallNow: wallNow)
      else { return nil }
      return (environment, max(due, wallNow), max(notBefore, now))
    }
    guard let first = candidates.min(by: { $0.1 - wallNow + ($0.2 - now) < $1.1 - wallNow + ($1.2 - now) }) else {
      return nil
    }
    return (first.0, first.1 > wallNow ? first.1 : nil, first.1 > wallNow ? nil : first.2)
  }

  /// Begins the refresh that is due while workers are idle.
  ///
  /// - Returns: the one that comes next.
  func refreshInTheBackground() -> BackgroundRefresh? {
    let next = backgroundRefresh
    guard !hasWaitingCalls, let next, next.due == nil, let notBefore = next.notBefore, notBefore <= turn.now,
      let login = environments.login(of: next.environment)
    else { return next }
    do throws(JobError) {
      try beginRefresh(of: next.environment, login)
    } catch {
      refreshRefused(error.text, of: next.environment, isFinal: false)
    }
    return backgroundRefresh
  }
}
