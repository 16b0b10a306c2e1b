// A protoc plugin (https://protobuf.dev/reference/other): a request comes on standard input, the generated files go to
// standard output.
import Glibc
import HoneydewProtobuf

do {
  let request = try Google_Protobuf_Compiler_CodeGeneratorRequest(serializedBytes: readStandardInput())
  try write(respond(to: request).serializedBytes(), to: STDOUT_FILENO)
} catch {
  try? write(Array("protoc-gen-honeydew: \(error)\n".utf8), to: STDERR_FILENO)
  exit(1)
}
