internal import HoneydewText
public import HoneydewConfig

/// The documents about the command line, made from the table of commands.
public enum CommandDocuments {
  /// `honeydew(1)`.
  public static var manual: ManualPage {
    let table = CommandTable.honeydew
    var page = ManualPage(
      "honeydew", section: 1, title: "User Commands", about: "talk to the Honeydew daemon: jobs, schedules, logins")
    page.heading("SYNOPSIS")
    page.paragraph("honeydew COMMAND [arguments] [options]")
    page.heading("DESCRIPTION")
    page.paragraph(
      "Honeydew runs jobs on this host, each in an isolated process; most of them call the Honeydew API. This command "
        + "submits, shows and controls them. Data goes to standard output, all else to standard error.")
    page.heading("GLOBAL OPTIONS")
    for option in table.everywhere { page.item(option.usage, option.help + ".") }
    page.item("--version", "Print the version.")
    page.heading("COMMANDS")
    for subcommand in table.subcommands { describe(subcommand, on: &page) }
    page.heading("ENVIRONMENT")
    for (name, about) in Help.variables { page.item(name, about + ".") }
    page.heading("EXIT STATUS")
    for (status, about) in Help.statuses { page.item(String(status), about + ".") }
    page.heading("SEE ALSO")
    page.paragraph("honeydewd(8), honeydew.yaml(5)")
    return page
  }

  private static func describe(_ subcommand: Subcommand, on page: inout ManualPage) {
    page.subheading(Help.usageLine(subcommand))
    page.paragraph(subcommand.summary + ".")
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
