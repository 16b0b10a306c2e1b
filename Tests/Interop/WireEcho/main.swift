// Decodes messages and encodes them again, for tests against other implementations. On standard input: a message's
// full name and its bytes, each after a uint32 length. On standard output for each: 1 and the bytes, or 0 and the error,
// again after a length. All numbers are little-endian.
import Glibc
import HoneydewFrames
import HoneydewMessages
import HoneydewProtobuf
import HoneydewRPC
import HoneydewTestMessages

func echo<M: Message>(_: M.Type) -> (name: String, run: ([UInt8]) throws -> [UInt8]) {
  (M.protoMessageName, { try M(serializedBytes: $0).serializedBytes() })
}

let echoes = Dictionary(
  uniqueKeysWithValues: [
    echo(Honeydew_Test_Everything.self), echo(Honeydew_Test_Scalars.self), echo(Honeydew_Test_Optionals.self),
    echo(Honeydew_Test_Lists.self), echo(Honeydew_Test_UnpackedLists.self), echo(Honeydew_Test_Maps.self),
    echo(Honeydew_Test_Choices.self), echo(Honeydew_Test_Tree.self), echo(Honeydew_Test_Names.self),
    echo(Honeydew_Test_Nothing.self), echo(Honeydew_JobStatus.self), echo(Honeydew_DaemonStatus.self),
    echo(Honeydew_Worker_FromWorker.self),
    echo(Google_Rpc_Status.self),
  ].map { ($0.name, $0.run) })

func readBytes(_ count: Int) -> [UInt8]? {
  var bytes = [UInt8](repeating: 0, count: count)
  var filled = 0
  while filled < count {
    let more = bytes.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress! + filled, count - filled) }
    guard more > 0 else { return nil }
    filled += more
  }
  return bytes
}

func readBlock() -> [UInt8]? {
  guard let length = readBytes(4) else { return nil }
  return readBytes(length.reversed().reduce(0) { $0 << 8 | Int($1) })
}

func writeBlock(_ block: [UInt8]) {
  var rest = ([0, 8, 16, 24].map { UInt8(truncatingIfNeeded: block.count >> $0) } + block)[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    guard written > 0 else { exit(1) }
    rest = rest.dropFirst(written)
  }
}

while let name = readBlock(), let bytes = readBlock() {
  guard let run = echoes[String(decoding: name, as: UTF8.self)] else { exit(2) }
  do {
    writeBlock([1] + (try run(bytes)))
  } catch {
    writeBlock([0] + Array("\(error)".utf8))
  }
}
