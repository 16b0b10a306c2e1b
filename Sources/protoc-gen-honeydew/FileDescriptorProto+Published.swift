import HoneydewProtobuf

extension Google_Protobuf_FileDescriptorProto {
  /// Whether the file is of proto2, of which nothing is supported that proto3 does not have.
  var isProto2: Bool { !hasSyntax || syntax == "proto2" }

  /// The file as others read it: without its comments, and without the options that are for this generator, so that
  /// nobody needs their declarations.
  var published: Google_Protobuf_FileDescriptorProto {
    var file = self
    file.clearSourceCodeInfo()
    guard !`extension`.isEmpty else { return file }
    file.extension = []
    file.dependency.removeAll { $0 == "google/protobuf/descriptor.proto" }
    for service in file.service.indices {
      for method in file.service[service].method.indices { file.service[service].method[method].clearOptions() }
    }
    return file
  }
}

extension Google_Protobuf_MethodDescriptorProto {
  /// The command that the method submits a job of; nil for any other method.
  var command: String? {
    get throws { try extensions.command.isEmpty ? nil : extensions.command }
  }

  /// The word for who may call it, beside administrators; nil for a method that is theirs alone.
  var role: String? {
    get throws { try extensions.role.isEmpty ? nil : extensions.role }
  }

  private var extensions: Honeydew_Generator_MethodExtensions {
    get throws { try Honeydew_Generator_MethodExtensions(serializedBytes: options.serializedBytes()) }
  }
}
