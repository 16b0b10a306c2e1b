import HoneydewAPI
import HoneydewCore
import Testing

@Suite struct OperationTests {
  @Test func `every command that calls the API has its operation, on the same root field`() {
    let fields = CommandRegistry.all.compactMap { command -> [String]? in
      switch command.target {
      case .api(let field, _, _), .internalCall(let field): [command.name, field]
      case .document, .diagnostic, .local: nil
      }
    }
    #expect(fields == Operation.all.map { [$0.command] + $0.fields })
  }

  @Test(arguments: Operation.all) func `a document declares the operation that it is sent under`(operation: Operation) {
    let isDeclared = ["query", "mutation"].contains { operation.document.hasPrefix("\($0) \(operation.name ?? "")") }
    #expect(isDeclared)
    #expect(Operation.find(command: operation.command) == operation)
  }
}
