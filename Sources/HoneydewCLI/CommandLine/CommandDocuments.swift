internal import HoneydewText
public import HoneydewConfig

/// The documents about the command line, made from the table of commands.
public enum CommandDocuments {
  /// By the names of their files: `honeydew.1`, and a page for each topic.
  public static var manuals: [String: ManualPage] {
    var pages = ["honeydew.1": overview]
    for topic in table.topics { pages["\(name(of: topic)).1"] = page(of: topic) }
    return pages
  }

  private static let table = CommandTable.honeydew

  private static func name(of topic: CommandTable.Topic) -> String { "honeydew-\(topic.page)" }

  private static var overview: ManualPage {
    var page = ManualPage(
      "honeydew", section: 1, title: "User Commands", about: "talk to the Honeydew daemon: jobs, schedules, logins")
    page.heading("SYNOPSIS")
    page.paragraph("honeydew COMMAND [arguments] [options]")
    page.heading("DESCRIPTION")
    page.paragraph(
      "Honeydew runs jobs on this host, each in an isolated process; most of them call the Honeydew API. This command "
        + "submits, shows and controls them. Data goes to standard output, all else to standard error.")
    page.heading("COMMANDS")
    for topic in table.topics {
      page.subheading(topic.title)
      page.paragraph("See \(name(of: topic))(1).")
      for subcommand in topic.subcommands { page.item(subcommand.title, subcommand.summary + ".") }
    }
    page.heading("GLOBAL OPTIONS")
    for option in table.everywhere { page.item(option.usage, option.help + ".") }
    page.item(Option.version.usage, "Print the version.")
    page.heading("THE DAEMON'S START")
    page.paragraph(Help.start(table))
    page.heading("TIMES")
    page.paragraph(Help.times(of: table.subcommands.flatMap(\.options)) ?? "")
    page.heading("ENVIRONMENT")
    for (name, about) in Help.variables { page.item(name, about + ".") }
    exitStatus(on: &page)
    seeAlso(table.topics.map { "\(name(of: $0))(1)" } + ["honeydewd(8)", "honeydew.yaml(5)"], on: &page)
    return page
  }

  private static func page(of topic: CommandTable.Topic) -> ManualPage {
    var page = ManualPage(name(of: topic), section: 1, title: "User Commands", about: topic.summary)
    page.heading("SYNOPSIS")
    page.paragraph("honeydew COMMAND [arguments] [options]")
    page.heading("DESCRIPTION")
    page.paragraph("The options that every command has, and the environment, are in honeydew(1).")
    page.heading("COMMANDS")
    for subcommand in topic.subcommands { describe(subcommand, on: &page) }
    if let times = Help.times(of: topic.subcommands.flatMap(\.options)) {
      page.heading("TIMES")
      page.paragraph(times)
    }
    exitStatus(on: &page)
    seeAlso(["honeydew(1)"] + table.topics.filter { $0.page != topic.page }.map { "\(name(of: $0))(1)" }, on: &page)
    return page
  }

  private static func exitStatus(on page: inout ManualPage) {
    page.heading("EXIT STATUS")
    for (status, about) in Help.statuses { page.item(String(status), about + ".") }
  }

  private static func seeAlso(_ pages: [String], on page: inout ManualPage) {
    page.heading("SEE ALSO")
    page.paragraph(pages.joined(separator: ", "))
  }

  private static func describe(_ subcommand: Subcommand, on page: inout ManualPage) {
    page.subheading(Help.usageLine(subcommand))
    let alias = subcommand.alias.map { " The last word may be \($0)." } ?? ""
    let start = subcommand.startsDaemon ? " " + Help.startSentence : ""
    page.paragraph(subcommand.summary + "." + alias + start)
    for positional in subcommand.positionals { page.item(positional.name, positional.help + ".") }
    for option in subcommand.options { page.item(option.usage, option.help + ".") }
    let details = subcommand.details.filter { !$0.isEmpty }
    if details.contains(where: { $0.hasPrefix(" ") }) {
      page.example(details)
    } else if !details.isEmpty {
      page.paragraph(details.joined(separator: " "))
    }
    for example in subcommand.examples {
      page.example([example.line])
      page.paragraph("\(example.meaning.prefix(1).uppercased())\(example.meaning.dropFirst()).")
    }
  }
}
