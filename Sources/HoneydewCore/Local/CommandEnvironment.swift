/// The environments of local commands.
public enum CommandEnvironment {
  /// Names the job to the command.
  public static let jobVariable = "HONEYDEW_JOB_ID"
  /// Names the attempt to the command, a number from 1.
  public static let attemptVariable = "HONEYDEW_ATTEMPT"

  /// A user as the system's list has it.
  public struct User: Equatable, Sendable {
    public var uid: UInt32
    public var name: String
    public var home: String
    public var shell: String

    public init(uid: UInt32, name: String, home: String, shell: String) {
      self.uid = uid
      self.name = name
      self.home = home
      self.shell = shell
    }
  }

  /// What a command gets that brought none.
  public static func standard(of user: User) -> [String] {
    let administration = user.uid == 0 ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" : nil
    return [
      "PATH=\(administration ?? "/usr/local/bin:/usr/bin:/bin")", "HOME=\(user.home)", "USER=\(user.name)",
      "LOGNAME=\(user.name)", "SHELL=\(user.shell.isEmpty ? "/bin/sh" : user.shell)",
    ]
  }

  /// The variables with ours among them, in the place of others with these names: a command may be started by a command.
  public static func adding(_ own: [(name: String, value: String)], to variables: [String]) -> [String] {
    let others = variables.filter { variable in !own.contains { variable.hasPrefix("\($0.name)=") } }
    return others + own.map { "\($0.name)=\($0.value)" }
  }
}
