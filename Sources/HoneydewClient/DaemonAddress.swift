internal import HoneydewCore

/// Which daemon is meant: `--socket`, `--instance`, `--home`, `HONEYDEW_SOCKET`, the home; and the system's daemon where
/// nothing was said and no personal daemon has a socket. What is typed wins over what is in the environment.
public struct DaemonAddress: Equatable, Sendable {
  /// The socket of the system's daemon.
  public static let system = SystemPlaces.run + "/daemon.sock"

  public let socket: String
  /// The daemon's home, where the socket tells.
  public let home: String?
  /// The command that starts the daemon which would listen there.
  public let startCommand: String
  /// Whether who needs the daemon may start it: it is a home's, that was named or is the usual one. The system's daemon is
  /// its service manager's to start, and one that was named by its socket is whoever's made that.
  public let isStartable: Bool

  /// The address that options and variables name, or `ClientError.address`.
  ///
  /// - Parameters:
  ///   - variables: the process's, for `HONEYDEW_SOCKET`, `HONEYDEW_HOME` and `HONEYDEW_INSTANCE`.
  ///   - userHome: the user's home directory.
  ///   - exists: whether there is a file at a path.
  ///   - configuredSocket: the socket that the configuration of a home names; nil where it names none.
  public static func resolve(
    socket: String?, home: String?, instance: String?, variables: [String: String], userHome: String?,
    exists: (String) -> Bool, configuredSocket: (_ home: String) -> String?
  ) throws(ClientError) -> DaemonAddress {
    if let socket {
      guard instance == nil && home == nil else {
        throw .address("--socket names a daemon by itself; leave out \(home == nil ? "--instance" : "--home")")
      }
      return DaemonAddress(socket: socket)
    }
    if instance == nil, home == nil, let socket = nonEmpty(variables["HONEYDEW_SOCKET"]) {
      return DaemonAddress(socket: socket)
    }
    let configured = home ?? nonEmpty(variables["HONEYDEW_HOME"])
    let directory = try Self.home(home, variables: variables, userHome: userHome)
    // A home that is typed is meant itself.
    if let name = instance ?? (home == nil ? nonEmpty(variables["HONEYDEW_INSTANCE"]) : nil) {
      return try DaemonAddress(instance: name, in: directory, typed: home, configuredSocket)
    }
    let personal = DaemonAddress(home: directory, configuredSocket)
    if configured == nil, !exists(personal.socket) {
      let system = DaemonAddress(home: SystemPlaces.home, configuredSocket)
      if exists(system.socket) { return system }
    }
    guard home == nil, directory != SystemPlaces.home else { return personal }
    return DaemonAddress(socket: personal.socket, home: directory, startCommand: "honeydewd", isStartable: true)
  }

  /// The home that holds the instances: as typed, as the environment says, or the user's.
  public static func home(
    _ home: String?, variables: [String: String], userHome: String?
  ) throws(ClientError) -> String {
    guard let found = home ?? nonEmpty(variables["HONEYDEW_HOME"]) ?? userHome.map({ $0 + "/.honeydew" }) else {
      throw .address("there is no home directory to look for the daemon in; give --home DIR or --socket PATH")
    }
    return found
  }

  /// - Parameter typed: the home where it was typed, and has to be typed again.
  private init(
    instance name: String, in home: String, typed: String?, _ configuredSocket: (String) -> String?
  ) throws(ClientError) {
    guard InstanceName.isLegal(name) else {
      throw .address("an instance's name must be \(InstanceName.rule), not \"\(name)\"")
    }
    let place = InstanceName.home(name, in: home)
    let option = typed.map { "--home \(ShellWord.word($0)) " } ?? ""
    self.init(
      socket: configuredSocket(place) ?? place + "/daemon.sock", home: place,
      startCommand: "honeydewd \(option)--instance \(name)", isStartable: true)
  }

  private init(home: String, _ configuredSocket: (String) -> String?) {
    let standard = DaemonAddress(socket: home == SystemPlaces.home ? Self.system : home + "/daemon.sock")
    self.init(
      socket: configuredSocket(home) ?? standard.socket, home: home, startCommand: standard.startCommand,
      isStartable: home != SystemPlaces.home)
  }

  private init(socket: String, home: String?, startCommand: String, isStartable: Bool) {
    self.socket = socket
    self.home = home
    self.startCommand = startCommand
    self.isStartable = isStartable && socket != Self.system
  }

  /// A daemon's home is where its socket is, unless the socket has another name than such sockets have.
  private init(socket: String) {
    guard socket != Self.system else {
      self.init(
        socket: socket, home: SystemPlaces.home, startCommand: "systemctl start honeydew", isStartable: false)
      return
    }
    let home = socket.hasSuffix("/daemon.sock") ? String(socket.dropLast("/daemon.sock".count)) : nil
    let argument =
      if let home {
        "--home " + ShellWord.word(home)
      } else {
        // The setting takes no relative path.
        "--set daemon.socket_path=" + (socket.hasPrefix("/") ? "" : "\"$PWD\"/") + ShellWord.word(socket)
      }
    self.init(socket: socket, home: home, startCommand: "honeydewd " + argument, isStartable: false)
  }

  private static func nonEmpty(_ text: String?) -> String? {
    text.flatMap { $0.isEmpty ? nil : $0 }
  }
}
