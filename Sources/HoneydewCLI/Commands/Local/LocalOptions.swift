internal import HoneydewText

extension Option {
  static let shell = Option(
    name: "--shell", help: "Have /bin/sh run the first word as a script; the others are its $1 and so on")
  static let directory = Option(
    name: "--cwd", value: "DIR", kind: .file, help: "Run it in this directory (default: the present one)")
  static let programVariable = Option(
    name: "--env", value: "NAME[=VALUE]", mayRepeat: true,
    help: "A variable of its environment, or the caller's one of this name; may be repeated")
  static let clearVariables = Option(
    name: "--env-clear", help: "Leave all other variables of the caller out of its environment")
  static let standardInput = Option(
    name: "--stdin", value: "FILE", kind: .file, help: "What it reads (-: this command's input; default: nothing)")
  static let terminal = Option(name: "--pty", help: "Run it on a terminal of its own; all output is one stream then")
  static let localTimeout = Option(
    name: Option.timeout.name, value: "D", kind: .duration, help: "End it when an attempt takes longer (default: never)"
  )
  static let grace = Option(
    name: "--grace", value: "D", kind: .duration,
    help: "What it has from SIGTERM to SIGKILL when it is ended (default 10s)")
  static let retries = Option(
    name: "--retries", value: "N", kind: .integer(0...Int64(Int32.max)),
    help: "Run it again after failures, so many times (default 0)")
  static let rerun = Option(
    name: "--rerun", help: "It may be carried out twice: run it again when an attempt was cut off")
  static let memory = Option(
    name: "--memory", value: "SIZE", help: "The most memory it may have: 512M, 2G, or a number of MiB")
  static let cpu = Option(
    name: "--cpu", value: "D", kind: .duration, help: "The most processor time it may take: 30s, 5m")
  static let nice = Option(
    name: "--nice", value: "N", kind: .integer(-20...19), help: "Add this to its niceness; 19 gives way to all others")
  static let programDescription = Option(
    name: "--description", value: "TEXT", help: "What it is, for who lists the jobs")
  static let pool = Option(
    name: "--pool", value: "NAME", kind: .pool,
    help: "The pool whose workers carry it out (default: api, of local commands exec)")
  static let reuse = Option(
    name: "--reuse",
    help:
      "Take the job of the same command line and directory: start it again when it has ended; one that runs or waits stays"
  )
  static let quietRun = Option(
    name: Option.quiet.name, short: Option.quiet.short, help: "Print its output only when it fails")
  static let followOutput = Option(
    name: "--follow", short: "-f", help: "Show its output as it comes, and end as it does")
  static let workdir = Option(
    name: "--workdir", value: "DIR", kind: .file, help: "Only commands of this directory (default: the present one)")
  static let allDirectories = Option(name: "--all", help: "Commands of all directories")
}

extension Positional {
  static let program = Positional(
    name: "CMD", count: .program, kind: .programWord,
    help: "A program with its arguments; all behind its name is its own, and so is all behind --")
  static let localJob = Positional(
    name: "ID", kind: .localJob, help: "The job's id, or as much of its beginning as is unique")
  static let localJobs = Positional(
    name: "ID", count: .oneOrMore, kind: .localJob,
    help: "The jobs' ids, or as much of their beginnings as is unique")
}

/// What a person can say of a local command that is to be run.
enum LocalOptions {
  /// Of the program itself.
  static let ofProgram: [Option] = [
    .shell, .directory, .programVariable, .clearVariables, .standardInput, .terminal, .grace, .rerun, .memory, .cpu,
    .nice,
    .programDescription,
  ]
  /// Of the program and its job.
  static let all: [Option] =
    ofProgram + [
      .localTimeout, .retries, .pool, .priority, .delay, .at, .label, .key, .reuse,
    ]

  static let rules = [
    "The program gets exactly these arguments, and no shell reads them; --shell has one do it. Its environment is that of",
    "the caller, sealed where it is stored and shown by names only; variables that are no UTF-8 are left out. It is",
    "looked for in the caller's PATH. When it is ended, all that it has started is: SIGTERM, then SIGKILL.",
    "It is not run twice: an attempt that is cut off, by a crash or a restart of the daemon, fails, unless --rerun says",
    "that it may be repeated.",
  ]
}
