public import HoneydewCore

extension Store {
  /// All environments by name.
  public func environments() throws(StoreError) -> [Environment] {
    try reading { () throws(StoreError) in
      try reads.environments.rows { row throws(StoreError) in
        Environment(
          id: row.text(0), name: row.text(1), baseURL: row.text(2), isActive: row.bool(3),
          description: row.optional(4, row.text), caFile: row.optional(5, row.text),
          createdAt: try row.time(6))
      }
    }
  }

  public func login(environmentID: String) throws(StoreError) -> SealedLogin? {
    try reading { () throws(StoreError) in
      reads.login.bind(1, environmentID)
      return try reads.login.rows { row throws(StoreError) in try row.login() }.first
    }
  }

  /// Every environment's login. A second one of an environment was written by no daemon, and is refused like any such row.
  public func logins() throws(StoreError) -> [SealedLogin] {
    try reading { () throws(StoreError) in
      // Texts that SQLite tells apart may be one to Swift.
      var environments: Set<String> = []
      return try reads.logins.rows { row throws(StoreError) in
        let login = try row.login()
        guard environments.insert(login.environmentID).inserted else { throw row.unreadable(1) }
        return login
      }
    }
  }

  /// The value that `setConfig` stored; nil when there is none.
  public func config(key: String) throws(StoreError) -> String? {
    try reading { () throws(StoreError) in
      reads.config.bind(1, key)
      return try reads.config.rows { $0.text(0) }.first
    }
  }
}

extension Statement {
  fileprivate func login() throws(StoreError) -> SealedLogin {
    SealedLogin(
      id: text(0), environmentID: text(1), username: text(2), sealedAccessToken: bytes(3),
      accessExpiresAt: try optionalTime(4),
      sealedRefreshToken: optional(5, bytes), refreshExpiresAt: try optionalTime(6),
      generation: try number(7, StoredRanges.longCount), failedAuthJobs: try number(8, StoredRanges.count))
  }
}
