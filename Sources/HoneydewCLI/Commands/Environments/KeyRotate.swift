internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let keyRotate = Subcommand(
    words: ["key", "rotate"], summary: "Change the master key, and reseal every stored secret under it",
    options: [.quiet],
    details: [
      "The file master.key is replaced. A copy of the old one opens nothing that is",
      "stored from then on, but still what is in older copies of the database.",
    ],
    examples: [Example("honeydew key rotate", "answers when the new key is on the disk")],
    run: { invocation throws(Failure) in
      let reply = try invocation.connect().unary(limit: .seconds(300), saying: "resealing") {
        $0.rotateKey(.init(), completion: $1)
      }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        let values = reply.resealed == 1 ? "1 stored value is" : "\(reply.resealed) stored values are"
        try invocation.console.say("The master key is changed; \(values) resealed.")
      }
      return .done
    })
}
