import HoneydewFrames
import HoneydewMessages
import HoneydewProtobuf
import HoneydewTestMessages

/// The first byte chooses the type of the message that the others are to be.
func fuzzMessages(_ input: [UInt8]) {
  guard let choice = input.first else { return }
  let encoded = Array(input.dropFirst())
  switch choice % 6 {
  case 0: checkMessage(Honeydew_Test_Everything.self, encoded)
  case 1: checkMessage(Honeydew_Worker_FromWorker.self, encoded)
  case 2: checkMessage(Honeydew_Worker_ToWorker.self, encoded)
  case 3: checkMessage(Honeydew_SubmitJobRequest.self, encoded)
  case 4: checkMessage(Honeydew_Test_Maps.self, encoded)
  default: checkMessage(Honeydew_Test_Choices.self, encoded)
  }
}

/// What decodes also encodes, into bytes that stay the same from then on.
private func checkMessage<M: Message>(_: M.Type, _ bytes: [UInt8]) {
  guard let message = try? M(serializedBytes: bytes) else { return }
  do {
    let encoded = try message.serializedBytes()
    let again = try M(serializedBytes: encoded).serializedBytes()
    demand(again == encoded, "\(M.protoMessageName) changes when it is encoded again")
  } catch {
    fail("\(M.protoMessageName) cannot be read back: \(error)")
  }
}
