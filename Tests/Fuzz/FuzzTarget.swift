import Glibc
import HoneydewAPI
import HoneydewConfig
import HoneydewCore

/// What libFuzzer calls with bytes of its own making, in the hope of a trap, a hang or a broken promise.
enum FuzzTarget: String {
  case messages
  case frames
  case json
  case payload
  case document
  case texts
  case server
  case client
  case zone
  case configuration
  case token
  case answer
  case rows
  case pool

  /// Chosen by the environment, so that one program serves all and each has a corpus of its own.
  static let chosen: FuzzTarget = {
    guard let name = getenv("FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) else {
      fail("FUZZ_TARGET must be the name of a target")
    }
    return target
  }()

  func run(_ input: [UInt8]) {
    switch self {
    case .messages: fuzzMessages(input)
    case .frames: fuzzFrames(input)
    case .json: fuzzJSON(input)
    case .payload: fuzzPayload(input)
    case .document: fuzzDocument(input)
    case .texts: fuzzTexts(input)
    case .server: fuzzServer(input)
    case .client: fuzzClient(input)
    case .zone: fuzzZone(input)
    case .configuration: fuzzConfiguration(input)
    case .token: fuzzToken(input)
    case .answer: fuzzAnswer(input)
    case .rows: fuzzRows(input)
    case .pool: fuzzPool(input)
    }
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}

/// Makes what lives as long as the process, and puts seeds into the corpus, which is the first argument.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
  // The leak check takes a word for a pointer when it is the address of a block. In an enumeration with indirect cases and
  // in a string Swift keeps the case, or the kind, in the pointer's upper bits: blocks that only such words lead to seem
  // lost. Those of the globals are made while the check does not look; it looks at all that comes of an input.
  withoutLeakCheck {
    _ = (CommandRegistry.all, CommandRegistry.providers, CommandRegistry.find(""), Operation.find(command: ""))
    _ = (SettingKey.all, FuzzTarget.chosen)
    FuzzTarget.chosen.prepare()
  }
  if count.pointee > 1, let corpus = arguments.pointee[1] { plantSeeds(in: String(cString: corpus)) }
  return 0
}

private func withoutLeakCheck(_ body: () -> Void) {
  // They are there in a program with the sanitizer.
  let (disable, enable) = (dlsym(nil, "__lsan_disable"), dlsym(nil, "__lsan_enable"))
  typealias Switch = @convention(c) () -> Void
  if let disable { unsafeBitCast(disable, to: Switch.self)() }
  body()
  if let enable { unsafeBitCast(enable, to: Switch.self)() }
}

private func plantSeeds(in corpus: String) {
  for (number, seed) in FuzzTarget.chosen.seeds.enumerated() {
    let descriptor = open("\(corpus)/seed-\(number)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    demand(descriptor >= 0 && write(descriptor, seed, seed.count) == seed.count, "no seeds in \(corpus)")
    close(descriptor)
  }
}

/// Cuts bytes into pieces, as a socket may deliver them.
func pieces(_ bytes: ArraySlice<UInt8>, of size: Int) -> [ArraySlice<UInt8>] {
  stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map {
    bytes[$0..<min($0 + size, bytes.endIndex)]
  }
}

/// Ends the process when a promise is broken, and says which, where a release's `precondition` is silent.
func demand(_ holds: Bool, _ text: @autoclosure () -> String = "a promise is broken") {
  if !holds { fail(text()) }
}

func fail(_ text: String) -> Never {
  let line = Array("fuzz: \(text)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
  abort()
}
