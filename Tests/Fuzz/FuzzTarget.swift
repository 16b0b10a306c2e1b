import Glibc

/// What libFuzzer calls with bytes of its own making, in the hope of a trap, a hang or a broken promise.
enum FuzzTarget: String {
  case messages
  case frames
  case json
  case payload
  case texts
  case server
  case client

  /// Chosen by the environment, so that one program serves all and each has a corpus of its own.
  static let chosen: FuzzTarget = {
    guard let name = getenv("FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) else {
      preconditionFailure("FUZZ_TARGET must be the name of a target")
    }
    return target
  }()

  func run(_ input: [UInt8]) {
    switch self {
    case .messages: fuzzMessages(input)
    case .frames: fuzzFrames(input)
    case .json: fuzzJSON(input)
    case .payload: fuzzPayload(input)
    case .texts: fuzzTexts(input)
    case .server: fuzzServer(input)
    case .client: fuzzClient(input)
    }
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}

/// Cuts bytes into pieces, as a socket may deliver them.
func pieces(_ bytes: ArraySlice<UInt8>, of size: Int) -> [ArraySlice<UInt8>] {
  stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map {
    bytes[$0..<min($0 + size, bytes.endIndex)]
  }
}
