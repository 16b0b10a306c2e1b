import HoneydewProtobuf

/// What keeps code from being generated: a sentence for the person who ran protoc.
struct GeneratorError: Error, CustomStringConvertible {
  let description: String
}

/// Generates what the request asks for.
func respond(
  to request: Google_Protobuf_Compiler_CodeGeneratorRequest
) -> Google_Protobuf_Compiler_CodeGeneratorResponse {
  var response = Google_Protobuf_Compiler_CodeGeneratorResponse()
  response.supportedFeatures = 1
  do {
    response.file = try generatedFiles(request)
  } catch {
    response.error = "\(error)"
  }
  return response
}

private func generatedFiles(
  _ request: Google_Protobuf_Compiler_CodeGeneratorRequest
) throws -> [Google_Protobuf_Compiler_CodeGeneratorResponse.File] {
  let options = try Options(request.parameter)
  let schema = Schema(request.protoFile)
  var files: [Google_Protobuf_Compiler_CodeGeneratorResponse.File] = []
  for name in request.fileToGenerate {
    guard let file = schema.files[name] else { throw GeneratorError(description: "\(name): protoc did not send it") }
    guard file.syntax == "proto3" || file.isProto2 else {
      throw GeneratorError(description: "\(name): only proto2 and proto3 are supported")
    }
    if let service = options.commandService {
      files.append(output(name, ".commands.swift", try commandFile(file, schema, service)))
      files.append(output(name, ".roles.swift", try rolesFile(file)))
      continue
    }
    files.append(output(name, ".pb.swift", try messageFile(file, schema, options)))
    if !file.service.isEmpty {
      files.append(output(name, ".grpc.swift", serviceFile(file, schema, options)))
    }
  }
  return files
}

/// One directory takes all files, and the base names of a module's files must differ: the path becomes part of the name.
private func output(
  _ proto: String, _ suffix: String, _ content: String
) -> Google_Protobuf_Compiler_CodeGeneratorResponse.File {
  let path = proto.hasSuffix(".proto") ? proto.dropLast(6) : proto[...]
  var file = Google_Protobuf_Compiler_CodeGeneratorResponse.File()
  file.name = String(path.map { $0 == "/" ? "_" : $0 }) + suffix
  file.content = content
  return file
}
