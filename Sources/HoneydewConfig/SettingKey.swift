internal import HoneydewCore

/// A key of the configuration file: its name, what it may hold, and which setting it fills.
public struct SettingKey: Sendable {
  /// Section and key, such as `queue.workers`.
  public let name: String
  /// One sentence for those who write the file.
  public let about: String
  /// Completes the sentence "must be …".
  public let expectation: String

  /// Whether the key may hold a list.
  let takesList: Bool

  /// Whether a reload applies it; what is not has to wait for the next start of the daemon.
  public private(set) var isLive = false

  private let assign: @Sendable (YAMLScalar, Home, inout Settings) -> Bool
  /// Where the key may hold a mapping instead: takes one of its entries.
  private let assignEntry: (@Sendable (_ name: String, YAMLNode.Content, Home, inout Settings) -> Bool)?
  private let read: @Sendable (Settings) -> String?
  private let copy: @Sendable (Settings, inout Settings) -> Void

  /// The value as the file would have it; nil when there is none. On `Settings(home:)` this is the default.
  public func text(in settings: Settings) -> String? { read(settings) }

  /// The value without secrets: of an address, what follows the question mark is hidden.
  public func shownText(in settings: Settings) -> String? {
    guard let text = text(in: settings), text.hasPrefix("http"), let mark = text.firstIndex(of: "?") else {
      return text(in: settings)
    }
    return text[...mark] + "***"
  }

  public var section: String { String(name.prefix { $0 != "." }) }

  /// The environment variable that stands for it, such as `HONEYDEW_QUEUE_WORKERS`.
  public var variable: String { Self.variable(of: name) }

  static func variable(of name: String) -> String {
    "HONEYDEW_" + String(name.map { $0 == "." ? "_" : $0 }).uppercased()
  }

  /// Takes the value over from other settings.
  public func copy(from source: Settings, to target: inout Settings) { copy(source, &target) }

  /// - Returns: whether the scalar was a right value.
  func fill(_ settings: inout Settings, with scalar: YAMLScalar, home: Home) -> Bool {
    assign(scalar, home, &settings)
  }

  /// Whether the key may hold a mapping.
  var takesEntries: Bool { assignEntry != nil }

  /// - Returns: whether the entry was a right one.
  func fill(_ settings: inout Settings, entry name: String, with content: YAMLNode.Content, home: Home) -> Bool {
    assignEntry?(name, content, home, &settings) ?? false
  }

  init<Value>(
    _ name: String, _ field: any WritableKeyPath<Settings, Value> & Sendable, _ format: SettingFormat<Value>,
    _ about: String
  ) {
    self.init(
      name, format, about, set: { $0[keyPath: field] = $1 }, get: { $0[keyPath: field] },
      copy: { $1[keyPath: field] = $0[keyPath: field] })
  }

  /// A key without a default.
  init<Value>(
    optional name: String, _ field: any WritableKeyPath<Settings, Value?> & Sendable, _ format: SettingFormat<Value>,
    _ about: String
  ) {
    self.init(
      name, format, about, set: { $0[keyPath: field] = $1 }, get: { $0[keyPath: field] },
      copy: { $1[keyPath: field] = $0[keyPath: field] })
  }

  /// A key whose default is an empty list.
  init(
    list name: String, _ field: any WritableKeyPath<Settings, [Account]> & Sendable, _ format: SettingFormat<[Account]>,
    _ about: String
  ) {
    self.init(
      name, format, about, set: { $0[keyPath: field] = $1 },
      get: { $0[keyPath: field].isEmpty ? nil : $0[keyPath: field] },
      copy: { $1[keyPath: field] = $0[keyPath: field] })
  }

  init<Value>(
    _ name: String, _ format: SettingFormat<Value>, _ about: String,
    set: @escaping @Sendable (inout Settings, Value) -> Void, get: @escaping @Sendable (Settings) -> Value?,
    copy: @escaping @Sendable (Settings, inout Settings) -> Void,
    text: (@Sendable (Settings) -> String?)? = nil,
    setEntry: (@Sendable (_ name: String, YAMLNode.Content, Home, inout Settings) -> Bool)? = nil
  ) {
    assignEntry = setEntry
    takesList = Value.self == [Account].self
    self.name = name
    self.about = about
    expectation = format.expectation
    assign = { scalar, home, settings in
      guard let value = format.parse(scalar, home) else { return false }
      set(&settings, value)
      return true
    }
    read = text ?? { get($0).map(format.text) }
    self.copy = copy
  }

  /// The same key, which a reload applies.
  var live: SettingKey {
    var key = self
    key.isLive = true
    return key
  }
}
