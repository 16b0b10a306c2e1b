/// The files of a request and what is declared in them, found by full names with a dot in front.
struct Schema {
  private(set) var files: [String: Google_Protobuf_FileDescriptorProto] = [:]
  /// What follows `public` in a type's name from anywhere: `Honeydew_Foo.Bar`.
  private(set) var swiftNames: [String: String] = [:]
  private(set) var messages: [String: Google_Protobuf_DescriptorProto] = [:]
  /// Those of files in proto2, in which every field that is no list has presence.
  private(set) var proto2Messages: Set<String> = []
  /// The case of each enumeration's first value, which is numbered 0.
  private(set) var firstCases: [String: String] = [:]

  init(_ protoFiles: [Google_Protobuf_FileDescriptorProto]) {
    for file in protoFiles {
      files[file.name] = file
      let prefix = typePrefix(package: file.package)
      let scope = file.package.isEmpty ? "" : "." + file.package
      // A prefix keeps a top-level name apart from reserved ones.
      for message in file.messageType {
        let name = prefix.isEmpty ? typeName(message.name, suffix: "Message") : prefix + message.name
        add(message, scope + "." + message.name, name, isProto2: file.isProto2)
      }
      for enumeration in file.enumType {
        let name = prefix.isEmpty ? typeName(enumeration.name, suffix: "Enum") : prefix + enumeration.name
        add(enumeration, scope + "." + enumeration.name, name)
      }
    }
  }

  private mutating func add(
    _ message: Google_Protobuf_DescriptorProto, _ fullName: String, _ swiftName: String, isProto2: Bool
  ) {
    messages[fullName] = message
    if isProto2 { proto2Messages.insert(fullName) }
    swiftNames[fullName] = swiftName
    for nested in message.nestedType {
      add(
        nested, fullName + "." + nested.name, swiftName + "." + typeName(nested.name, suffix: "Message"),
        isProto2: isProto2)
    }
    for nested in message.enumType {
      add(nested, fullName + "." + nested.name, swiftName + "." + typeName(nested.name, suffix: "Enum"))
    }
  }

  private mutating func add(
    _ enumeration: Google_Protobuf_EnumDescriptorProto, _ fullName: String, _ swiftName: String
  ) {
    swiftNames[fullName] = swiftName
    firstCases[fullName] = caseName(enumeration.value.first?.name ?? "", enumeration: enumeration.name)
  }

  /// The entry message of a `map` field.
  func mapEntry(_ field: Google_Protobuf_FieldDescriptorProto) -> Google_Protobuf_DescriptorProto? {
    guard field.type == .message, let message = messages[field.typeName], message.options.mapEntry else { return nil }
    return message
  }

  /// Whether the message `inner` can hold a message `outer` without a list or map in between.
  func message(_ inner: String, canContain outer: String) -> Bool {
    var seen: Set<String> = []
    var open = [inner]
    while let name = open.popLast() {
      if name == outer { return true }
      guard seen.insert(name).inserted, let message = messages[name] else { continue }
      open += message.field.filter { $0.type == .message && $0.label != .repeated }.map(\.typeName)
    }
    return false
  }

  /// All that `file` imports, directly or not, each once, imports before importers.
  func dependencies(_ file: Google_Protobuf_FileDescriptorProto) -> [Google_Protobuf_FileDescriptorProto] {
    var found: [Google_Protobuf_FileDescriptorProto] = []
    var seen: Set<String> = []
    func visit(_ file: Google_Protobuf_FileDescriptorProto) {
      for name in file.published.dependency where seen.insert(name).inserted {
        guard let dependency = files[name] else { continue }
        visit(dependency)
        found.append(dependency)
      }
    }
    visit(file)
    return found
  }
}
