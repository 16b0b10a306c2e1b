internal import HoneydewConfig
internal import HoneydewCore

/// The daemon's command line.
struct Arguments: Equatable {
  enum Action: Equatable {
    case run, checkConfig, version, help
    /// What is done to the database by a process of its own: `Maintenance`.
    case maintain(Maintenance.Task)
    /// What the daemon starts itself for: `MasterKey.makeNext`.
    case makeNextKey(path: String, salt: String)
    /// The same: `LogCopier`.
    case copyLog(path: String, fileNumber: UInt64)
  }

  var action = Action.run
  /// nil means `$HONEYDEW_HOME` or `~/.honeydew`.
  var home: String?
  var config: String?
  /// Settings in place of the file's, such as `queue.workers=8`.
  var assignments: [String] = []

  static let usage = """
    Usage: honeydewd [--home DIR] [--config FILE] [--set KEY=VALUE]...
                     [--check-config]

    Runs the Honeydew daemon in the foreground until SIGTERM or SIGINT.

      --home DIR       where the socket, the database and the log are
                       (default: $HONEYDEW_HOME, else ~/.honeydew)
      --config FILE    the configuration
                       (default: $HONEYDEW_CONFIG, else config.yaml in the home)
      --set KEY=VALUE  a setting, such as queue.workers=8; it wins over variables
                       such as HONEYDEW_QUEUE_WORKERS, which win over the file
      --check-config   check the configuration and exit
      --check-database, --backup FILE, --restore FILE [--forget-tokens]
                       what honeydew doctor, backup and restore do
      --version        print the version and exit
      --help           print this help and exit

    """

  /// - Parameter arguments: without the program's name.
  init(_ arguments: [String]) throws(StartupError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      func value() throws(StartupError) -> String {
        guard let value = parts.count == 2 ? parts[1] : rest.popFirst(), !value.isEmpty else {
          throw StartupError("\(parts[0]) needs a value; see honeydewd --help", exitStatus: 2)
        }
        return value
      }
      switch parts[0] {
      case "--home": home = try value()
      case "--config": config = try value()
      case "--set": assignments.append(try value())
      case "--make-next-key": action = .makeNextKey(path: try value(), salt: try value())
      case "--copy-log": action = .copyLog(path: try value(), fileNumber: UInt64(try value()) ?? 0)
      case "--check-database" where parts.count == 1: action = .maintain(.check)
      case "--backup": action = .maintain(.backup(try value()))
      case "--restore": action = .maintain(.restore(try value(), forgetsTokens: false))
      case "--forget-tokens" where parts.count == 1:
        guard case .maintain(.restore(let file, _)) = action else {
          throw StartupError("--forget-tokens comes after --restore FILE; see honeydewd --help", exitStatus: 2)
        }
        action = .maintain(.restore(file, forgetsTokens: true))
      case "--check-config" where parts.count == 1: action = .checkConfig
      case "--version" where parts.count == 1: action = .version
      case "--help" where parts.count == 1, "-h" where parts.count == 1: action = .help
      default: throw StartupError("unknown argument \(argument); see honeydewd --help", exitStatus: 2)
      }
    }
  }
}
