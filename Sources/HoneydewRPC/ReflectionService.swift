internal import HoneydewProtobuf

/// `grpc.reflection.v1.ServerReflection`: what a router's services look like, for tools such as grpcurl.
struct ReflectionService {
  private typealias Request = Grpc_Reflection_V1_ServerReflectionRequest
  private typealias Response = Grpc_Reflection_V1_ServerReflectionResponse

  private let services: [String]
  private var files: [String: ProtoFileDescriptor] = [:]
  /// By full name of a message, enumeration, service or method.
  private var filesBySymbol: [String: ProtoFileDescriptor] = [:]

  init(_ descriptions: [String: [ProtoFileDescriptor]]) {
    services = descriptions.keys.sorted()
    for file in descriptions.values.joined() where files[file.name] == nil {
      files[file.name] = file
      for symbol in file.symbols { filesBySymbol[symbol] = file }
    }
  }

  func answer(_ request: Grpc_Reflection_V1_ServerReflectionRequest) -> Grpc_Reflection_V1_ServerReflectionResponse {
    .with {
      $0.validHost = request.host
      $0.originalRequest = request
      $0.messageResponse = answer(to: request.messageRequest)
    }
  }

  private func answer(
    to request: Grpc_Reflection_V1_ServerReflectionRequest.OneOf_MessageRequest?
  ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
    switch request {
    case .listServices:
      .listServicesResponse(.with { $0.service = services.map { name in .with { $0.name = name } } })
    case .fileByFilename(let name):
      files[name].map(descriptors) ?? error(.notFound, "There is no file \(name)")
    case .fileContainingSymbol(let symbol):
      filesBySymbol[symbol].map(descriptors) ?? error(.notFound, "There is no \(symbol)")
    case .allExtensionNumbersOfType(let type):
      // proto3 has no extensions but of descriptor options, and no file here defines any.
      filesBySymbol[type] == nil
        ? error(.notFound, "There is no \(type)")
        : .allExtensionNumbersResponse(.with { $0.baseTypeName = type })
    case .fileContainingExtension(let wanted):
      error(.notFound, "\(wanted.containingType) has no extension \(wanted.extensionNumber)")
    case nil:
      error(.invalidArgument, "The request asks for nothing; set one of its fields")
    }
  }

  /// The file and all that it imports, each once, imports after importers.
  private func descriptors(_ file: ProtoFileDescriptor)
    -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse
  {
    var ordered: [ProtoFileDescriptor] = [file]
    var names: Set<String> = [file.name]
    var next = 0
    while next < ordered.count {
      for name in ordered[next].dependencies where names.insert(name).inserted {
        if let file = files[name] { ordered.append(file) }
      }
      next += 1
    }
    return .fileDescriptorResponse(.with { $0.fileDescriptorProto = ordered.map(\.serialized) })
  }

  private func error(
    _ code: Status.Code, _ message: String
  ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
    .errorResponse(
      .with {
        $0.errorCode = Int32(code.rawValue)
        $0.errorMessage = message
      })
  }
}

extension Router {
  /// Adds server reflection, `v1` and `v1alpha`, for the services described so far and itself: call it last.
  public mutating func addReflection() {
    let v1 = "grpc.reflection.v1.ServerReflection"
    let v1alpha = "grpc.reflection.v1alpha.ServerReflection"
    describe(service: v1, in: [Grpc_Reflection_V1_ReflectionProto.descriptor])
    describe(service: v1alpha, in: [Grpc_Reflection_V1alpha_ReflectionProto.descriptor])
    let service = ReflectionService(descriptions)
    // The messages of both versions have the same fields, so those of v1 serve both.
    for name in [v1, v1alpha] {
      bidirectional("/\(name)/ServerReflectionInfo") {
        (call: StreamingCall<Grpc_Reflection_V1_ServerReflectionResponse>)
          -> MessageSink<Grpc_Reflection_V1_ServerReflectionRequest> in
        MessageSink(onMessage: { call.send(service.answer($0)) }, onEnd: { call.finish() })
      }
    }
  }
}
