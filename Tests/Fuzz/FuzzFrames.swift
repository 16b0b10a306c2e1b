import HoneydewFrames
import HoneydewProtobuf

/// The first byte is the size of the pieces in which the stream of the others arrives.
func fuzzFrames(_ input: [UInt8]) {
  guard let size = input.first, size > 0 else { return }
  let stream = input.dropFirst()
  let whole = Frames(of: [stream])
  let cut = Frames(of: pieces(stream, of: Int(size)))
  demand(whole == cut, "the frames depend on how the stream is cut")
  demand(whole.payloads.joined().count <= stream.count)
}

/// All that a decoder makes of a stream.
private struct Frames: Equatable {
  var payloads: [[UInt8]] = []
  var error: FrameError?
  var isMidFrame = false

  init(of pieces: [ArraySlice<UInt8>]) {
    var decoder = FrameDecoder()
    for piece in pieces {
      decoder.append(piece)
      do throws(FrameError) {
        while let payload = try decoder.next() {
          payloads.append(payload)
          _ = try? Honeydew_Worker_FromWorker(serializedBytes: payload)
        }
      } catch {
        self.error = error
      }
    }
    isMidFrame = decoder.isMidFrame
  }
}
