internal import HoneydewMessages
internal import HoneydewText

/// Whose local commands are meant: those of a directory, or all.
enum Workdir {
  static let options: [Option] = [.workdir, .allDirectories]

  /// Nil for all.
  static func path(_ arguments: ParsedArguments) throws(Failure) -> String? {
    guard arguments.isSet(.allDirectories) else {
      let name = arguments.text(.workdir)
      do throws(Failure) {
        return try LocalPayload.directory(name)
      } catch {
        // One that is gone may have left jobs.
        guard let name, name.hasPrefix("/") else { throw error }
        return name.count > 1 && name.hasSuffix("/") ? String(name.dropLast()) : name
      }
    }
    guard !arguments.isSet(.workdir) else {
      throw .usage("--all and --workdir both say which commands are meant; give one of them")
    }
    return nil
  }

  /// All local commands that are meant.
  static func filter(_ arguments: ParsedArguments) throws(Failure) -> Honeydew_JobFilter {
    var filter = Honeydew_JobFilter()
    filter.command = LocalPayload.command
    filter.cwd = try path(arguments) ?? ""
    return filter
  }
}
