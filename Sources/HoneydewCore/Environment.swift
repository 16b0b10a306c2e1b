/// A named Honeydew API endpoint. Exactly one is active.
public struct Environment: Equatable, Sendable {
  public var id: String
  public var name: String
  public var baseURL: String
  public var isActive: Bool
  public var description: String?
  /// Absolute path of a PEM file that replaces the system's certificate authorities.
  public var caFile: String?
  public var createdAt: Timestamp

  public init(
    id: String, name: String, baseURL: String, isActive: Bool, description: String? = nil, caFile: String? = nil,
    createdAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.baseURL = baseURL
    self.isActive = isActive
    self.description = description
    self.caFile = caFile
    self.createdAt = createdAt
  }

  /// Whether who describes an environment of this name so means this one.
  ///
  /// - Parameter description: empty where nothing is said of it.
  public func isMeant(byURL baseURL: String, caFile: String, _ description: String) -> Bool {
    self.baseURL == baseURL && self.caFile ?? "" == caFile
      && (description.isEmpty || description == self.description)
  }
}

/// The one login of an environment as its row holds it: the tokens are sealed.
public struct SealedLogin: Equatable, Sendable {
  public var id: String
  public var environmentID: String
  public var username: String
  public var sealedAccessToken: [UInt8]
  /// nil when the token does not tell.
  public var accessExpiresAt: Timestamp?
  public var sealedRefreshToken: [UInt8]?
  public var refreshExpiresAt: Timestamp?
  /// Grows with each new pair.
  public var generation: Int64
  /// AUTH_* failures in the environment since the login.
  public var failedAuthJobs: Int32

  public init(
    id: String, environmentID: String, username: String, sealedAccessToken: [UInt8], accessExpiresAt: Timestamp?,
    sealedRefreshToken: [UInt8]?, refreshExpiresAt: Timestamp?, generation: Int64, failedAuthJobs: Int32
  ) {
    self.id = id
    self.environmentID = environmentID
    self.username = username
    self.sealedAccessToken = sealedAccessToken
    self.accessExpiresAt = accessExpiresAt
    self.sealedRefreshToken = sealedRefreshToken
    self.refreshExpiresAt = refreshExpiresAt
    self.generation = generation
    self.failedAuthJobs = failedAuthJobs
  }
}
