/// A command type of the registry: what a job may be asked to do.
public struct Command: Equatable, Sendable {
  /// `provider.rest` in lower camel, such as `github.commits`.
  public let name: String
  /// The part before the first dot.
  public let provider: String
  /// One sentence for help texts.
  public let summary: String
  public let target: Target
  public let arguments: [Argument]

  /// What carries the command out.
  public enum Target: Equatable, Sendable {
    /// A GraphQL root field. A mutation is repeated after a failure only when it is repeatable or was surely not sent.
    case api(field: String, isMutation: Bool, isRepeatable: Bool)
    /// A GraphQL mutation that handles secrets: it never becomes a job, and it needs no access token.
    case internalCall(field: String)
    /// A GraphQL document that the payload brings (`DocumentCall`).
    case document
    /// Diagnostics in the worker itself; refused unless the configuration admits them.
    case diagnostic
    /// A program of this machine that the payload names (`LocalCommand`).
    case local(isRepeatable: Bool)
  }

  /// Whether it calls the Honeydew API, and so belongs to an environment.
  public var callsAPI: Bool {
    switch target {
    case .api, .document: true
    case .internalCall, .diagnostic, .local: false
    }
  }

  /// Whether it runs a program of this machine.
  public var isLocal: Bool { if case .local = target { true } else { false } }

  /// Whether it can be submitted; the others are the daemon's own calls.
  public var canBeJob: Bool { if case .internalCall = target { false } else { true } }

  /// Whether it may be carried out again when it is not known how far an attempt came: the rule for what a lost attempt
  /// becomes, and for how safely its start must be stored before it leaves.
  public var isRepeatable: Bool {
    switch target {
    case .api(_, let isMutation, let isRepeatable): !isMutation || isRepeatable
    // A document by itself: see `asked(by:)`.
    case .internalCall, .document: false
    case .diagnostic: true
    case .local(let isRepeatable): isRepeatable
    }
  }

  public init(name: String, provider: String, summary: String, target: Target, arguments: [Argument]) {
    self.name = name
    self.provider = provider
    self.summary = summary
    self.target = target
    self.arguments = arguments
  }
}

/// An argument of a command: a key of the payload's object.
public struct Argument: Equatable, Sendable {
  /// The API's own name, such as `startDate`.
  public let name: String
  public let type: ArgumentType
  public let isRequired: Bool
  /// Sealed in the payload and shown as `***`.
  public let isSecret: Bool

  public init(_ name: String, _ type: ArgumentType, isRequired: Bool = false, isSecret: Bool = false) {
    self.name = name
    self.type = type
    self.isRequired = isRequired
    self.isSecret = isSecret
  }
}

/// The type of an argument's JSON value.
public indirect enum ArgumentType: Equatable, Sendable {
  case string, id, int, float, boolean
  case enumeration([String])
  case list(ArgumentType)
  case object(name: String, fields: [Argument])
  /// An object with any members.
  case anyObject
  /// An object whose members are all strings; their values are secret, their names are not.
  case secrets

  /// The type as GraphQL writes it, without `!`; an enumeration is known by its words, not by its name.
  public var name: String {
    switch self {
    case .string: "String"
    case .id: "ID"
    case .int: "Int"
    case .float: "Float"
    case .boolean: "Boolean"
    case .enumeration: "Enum"
    case .list(let element): "[\(element.name)]"
    case .object(let name, _): name
    case .anyObject, .secrets: "Object"
    }
  }
}
