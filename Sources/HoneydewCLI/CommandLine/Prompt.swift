internal import HoneydewCore
internal import HoneydewText
internal import Glibc
internal import HoneydewSystem

/// Questions to a person, and the password from standard input.
enum Prompt {
  /// Asks on the terminal for a line that may be seen. `alternative` is the option that spares the question.
  static func line(_ question: String, orElse alternative: String, _ console: Console) throws(Failure) -> String {
    guard Terminal.isTerminal(STDIN_FILENO) else {
      throw .usage("there is no terminal to ask on; give \(alternative)")
    }
    console.draw(question)
    guard let line = readLine(), !line.isEmpty else { throw .usage("nothing was typed; give \(alternative)") }
    return line
  }

  /// Refuses to ask whether something is meant where nobody would answer.
  static func checkTerminal(orElse alternative: String) throws(Failure) {
    guard Terminal.isTerminal(STDIN_FILENO) else {
      throw .usage("there is no terminal to ask on whether this is meant; give \(alternative)")
    }
  }

  /// Asks on the terminal whether something is meant, and throws unless it is. `alternative` is the option that spares
  /// the question.
  static func confirm(_ question: String, orElse alternative: String, _ console: Console) throws(Failure) {
    try checkTerminal(orElse: alternative)
    console.draw(Sanitizer.printable("\(question) [y/N] "))
    guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
      throw Failure(.failed, "nothing was done")
    }
  }

  /// Asks on the terminal for a line that is not shown.
  static func password(_ question: String, orElse alternative: String) throws(Failure) -> String {
    guard Terminal.isTerminal(STDIN_FILENO) else {
      throw .usage("there is no terminal to ask on; give \(alternative)")
    }
    keepOutOfCoreDumps()
    do {
      let password = try Terminal.readPassword(prompt: question)
      guard !password.isEmpty else { throw Failure.usage("nothing was typed; give \(alternative)") }
      return password
    } catch let error as Failure {
      throw error
    } catch Terminal.Failure.endOfFile {
      throw .usage("nothing was typed; give \(alternative)")
    } catch Terminal.Failure.interrupted {
      throw Failure(.interrupted, "interrupted; nothing was sent")
    } catch {
      throw Failure(.failed, "cannot ask for the password (\(error)); give \(alternative)")
    }
  }

  /// What is typed or piped here may be a secret, which no core dump is to hold.
  private static func keepOutOfCoreDumps() {
    _ = try? Process.setDumpable(false)
  }

  /// All of standard input, which no payload of the daemon outgrows.
  static func wholeInput() throws(Failure) -> String { String(decoding: try wholeBytes(), as: UTF8.self) }

  static func wholeBytes() throws(Failure) -> [UInt8] {
    keepOutOfCoreDumps()
    let limit = 4 << 20
    var input: [UInt8] = []
    do throws(Errno) {
      let file = try FileDescriptor(duplicating: STDIN_FILENO)
      while input.count <= limit {
        let part = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count throws(Errno) in
          if case .read(let read) = try file.read(into: UnsafeMutableRawBufferPointer(buffer)) { count = read }
        }
        guard !part.isEmpty else { return input }
        input += part
      }
    } catch {
      throw Failure(.failed, "cannot read standard input: \(error.sentence)")
    }
    throw .usage("standard input has more than \(limit >> 20) MiB, too much for a payload")
  }

  /// The first line of standard input, without its end.
  static func firstLineOfInput() throws(Failure) -> String {
    keepOutOfCoreDumps()
    guard let line = readLine(strippingNewline: true), !line.isEmpty else {
      throw .usage("the password on standard input is empty")
    }
    return line
  }
}
