import Glibc
import HoneydewSystem

// The interoperability tests' own server and client:
//   honeydew-interop-server SOCKET                  serves grpc.testing.TestService, health and reflection
//   honeydew-interop-server --client SOCKET CASE    runs one case against a server, exit status 0 when it passes

func fail(_ message: String) -> Never {
  print("honeydew-interop-server: \(message)")
  exit(1)
}

do {
  switch CommandLine.arguments.count {
  case 2:
    try InteropServer(path: CommandLine.arguments[1]).run()
  case 4 where CommandLine.arguments[1] == "--client":
    try InteropClient(path: CommandLine.arguments[2]).run(CommandLine.arguments[3])
  default:
    fail("usage: honeydew-interop-server SOCKET | --client SOCKET CASE")
  }
} catch {
  fail("\(error)")
}
