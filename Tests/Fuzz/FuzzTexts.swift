import HoneydewCore
import HoneydewJSON

/// The first byte chooses the command whose payload the others are to be.
func fuzzPayload(_ input: [UInt8]) {
  guard let choice = input.first else { return }
  let command = CommandRegistry.all[Int(choice) % CommandRegistry.all.count]
  let payload = Array(input.dropFirst())
  do throws(PayloadError) {
    try command.check(payload: payload)
    demand((try? JSONValue(parsing: payload))?.members != nil, "a payload that is no object is passed")
  } catch {
    demand(error.description.utf8.count < 4096, "the error is as long as the input")
  }
}

/// What is taken of a document means the same to any server: what is ignored changes nothing, and with a bracket too
/// much it is no document.
func fuzzDocument(_ input: [UInt8]) {
  let text = String(decoding: input, as: UTF8.self)
  do throws(DocumentError) {
    let plan = try DocumentPlan(text)
    demand(!plan.keys.isEmpty, "an operation asks for nothing")
    demand((try? DocumentPlan("\u{FEFF},\r\n# {\n\(text) ,#}")) == plan || text.utf8.count > 65_000)
    demand((try? DocumentPlan(text + "\n}")) == nil, "a bracket too much is taken")
    if let pages = (try? DocumentPlan(text, paginates: true))?.pages {
      demand(!plan.isMutation && plan.keys.contains(pages.path[0]), "the pages are those of no root field")
    }
  } catch {
    demand(error.line > 0 && error.column > 0 && error.text.utf8.count < 4096, "the error is as long as the input")
  }
}

/// What is read from a text is written so that it reads the same.
func fuzzTexts(_ input: [UInt8]) {
  let text = String(decoding: input, as: UTF8.self)
  if let moment = Timestamp(text) {
    demand(Timestamp(moment.description) == moment, "\(moment) is not read back")
  }
  if let duration = DurationText.parse(text) {
    demand(DurationText.parse(DurationText.format(duration)) == duration, "\(duration) is not read back")
  }
  demand(CommandRegistry.similar(to: text).count <= 3)
  checkTicks(of: text, in: berlin, from: 1_774_738_800_000)
}

private let berlin = ZoneRules(
  initialOffset: 3600, transitions: [], footer: PosixZone("CET-1CEST,M3.5.0,M10.5.0/3"))
