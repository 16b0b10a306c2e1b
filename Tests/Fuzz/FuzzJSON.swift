import HoneydewJSON

/// The parser and the scanner agree, and what was read is written so that it reads the same.
func fuzzJSON(_ input: [UInt8]) {
  let depth = JSONValue.defaultMaximumDepth
  let isSound = (try? JSONScanner.validate(input.span, maximumDepth: depth)) != nil
  let ranges = try? JSONScanner.ranges(of: ["data", "errors"], in: input.span, maximumDepth: depth)
  do throws(JSONError) {
    let value = try JSONValue(parsing: input)
    demand(isSound, "the scanner refuses what the parser reads")
    let written = value.serialized
    let again = try? JSONValue(parsing: written)
    demand(again == value && again?.serialized == written, "the value changes when it is written")
    demand((ranges == nil) == (value.members == nil))
    for (key, range) in zip(["data", "errors"], ranges ?? []) {
      let part = range.flatMap { try? JSONValue(parsing: Array(input[$0])) }
      demand(part == value[key], "the scanner finds another value than the parser")
    }
  } catch {
    demand(error.position <= input.count && error.line >= 1 && error.column >= 1)
    _ = error.description
    switch error.reason {
    case .duplicateKey, .loneSurrogate: break
    default: demand(!isSound, "the parser refuses what the scanner passes: \(error)")
    }
    let lenient = try? JSONValue(lenientlyParsing: input.span)
    demand((lenient != nil) == isSound, "the lenient parser and the scanner disagree")
    if let lenient { demand((try? JSONValue(parsing: lenient.serialized)) == lenient, "the value is written wrongly") }
  }
}
