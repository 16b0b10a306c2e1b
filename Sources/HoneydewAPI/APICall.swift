internal import HoneydewJSON

/// Where an API call goes.
public struct Endpoint: Equatable, Sendable {
  /// `https://…`; plain `http` where the environment was admitted with it.
  public var url: String
  /// Certificates in PEM that replace the system's certificate authorities.
  public var authorities: [UInt8]?
  /// Whether the proxies of the process's environment are used.
  public var usesProxy: Bool
  /// The largest body that is taken, counted after decompression.
  public var maximumResponseBytes: Int

  public init(url: String, authorities: [UInt8]? = nil, usesProxy: Bool = false, maximumResponseBytes: Int = 64 << 20) {
    self.url = url
    self.authorities = authorities
    self.usesProxy = usesProxy
    self.maximumResponseBytes = maximumResponseBytes
  }
}

/// One GraphQL operation to be sent.
public struct APICall: Equatable, Sendable {
  public var endpoint: Endpoint
  /// Sent along, so that the API's operators can find the call.
  public var requestID: String
  /// nil for login and refresh.
  public var accessToken: String?
  public var operation: Operation
  /// One JSON object, sent verbatim as `variables`.
  public var variables: [UInt8]
  /// Whether the operation may reach the API twice: then a kept connection that has died is replaced silently.
  public var isRepeatable: Bool
  /// Texts that no error may show: the password, the tokens.
  public var secrets: [String]

  public init(
    endpoint: Endpoint, requestID: String, accessToken: String? = nil, operation: Operation, variables: [UInt8],
    isRepeatable: Bool = false, secrets: [String] = []
  ) {
    self.endpoint = endpoint
    self.requestID = requestID
    self.accessToken = accessToken
    self.operation = operation
    self.variables = variables
    self.isRepeatable = isRepeatable
    self.secrets = secrets
  }

  /// The request's body: `{"query","operationName","variables"}`.
  var body: [UInt8] {
    var body = Array("{\"query\":".utf8)
    JSONValue.write(operation.document, to: &body)
    body.append(contentsOf: ",\"operationName\":".utf8)
    (operation.name.map(JSONValue.string) ?? .null).write(to: &body)
    body.append(contentsOf: ",\"variables\":".utf8)
    body.append(contentsOf: variables)
    body.append(UInt8(ascii: "}"))
    return body
  }
}
