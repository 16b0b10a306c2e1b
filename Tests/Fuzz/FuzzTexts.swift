import HoneydewCore
import HoneydewJSON

/// The first byte chooses the command whose payload the others are to be.
func fuzzPayload(_ input: [UInt8]) {
  guard let choice = input.first else { return }
  let command = CommandRegistry.all[Int(choice) % CommandRegistry.all.count]
  let payload = Array(input.dropFirst())
  do throws(PayloadError) {
    try command.check(payload: payload)
    precondition((try? JSONValue(parsing: payload))?.members != nil, "a payload that is no object is passed")
  } catch {
    precondition(error.description.utf8.count < 4096, "the error is as long as the input")
  }
}

/// What is read from a text is written so that it reads the same.
func fuzzTexts(_ input: [UInt8]) {
  let text = String(decoding: input, as: UTF8.self)
  if let moment = Timestamp(text) {
    precondition(Timestamp(moment.description) == moment, "\(moment) is not read back")
  }
  if let duration = DurationText.parse(text) {
    precondition(DurationText.parse(DurationText.format(duration)) == duration, "\(duration) is not read back")
  }
  precondition(CommandRegistry.similar(to: text).count <= 3)
}
