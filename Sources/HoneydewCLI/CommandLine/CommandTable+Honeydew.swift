extension CommandTable {
  static let honeydew: CommandTable = CommandTable(
    topics: [.commands, .jobs, .schedules, .api, .environments, .workers, .daemon],
    everywhere: [.json, .socket, .home, .instance, .noStart, .trust, .callTimeout, .utc, .color, .showHelp])
}

extension CommandTable.Topic {
  fileprivate static let commands: CommandTable.Topic = CommandTable.Topic(
    title: "Local commands", page: "run", summary: "run programs of this machine as jobs", groups: [],
    subcommands: [
      .run, .add, .await, .localList, .output, .stop, .start, .restart, .signal, .runs, .localStats, .ports, .remove,
      .cleanup, .nuke,
    ])

  fileprivate static let jobs: CommandTable.Topic = CommandTable.Topic(
    title: "Jobs", page: "job", summary: "submit, see and control jobs",
    groups: [
      CommandTable.Group(words: ["job"], summary: "See what jobs do, and control them"),
      CommandTable.Group(words: ["queue"], summary: "See and pause the queue"),
    ],
    subcommands: [
      .submit, .jobList, .jobShow, .jobWait, .jobCancel, .jobRetry, .jobResult, .jobPriority, .jobRemove,
      .queueStats, .queuePause, .queueResume,
    ])

  fileprivate static let schedules: CommandTable.Topic = CommandTable.Topic(
    title: "Schedules", page: "schedule", summary: "run jobs at the ticks of cron expressions",
    groups: [
      CommandTable.Group(words: ["schedule"], summary: "Run jobs at the ticks of cron expressions")
    ],
    subcommands: [
      .scheduleAdd, .scheduleList, .scheduleShow, .scheduleUpdate, .scheduleRemove, .schedulePause, .scheduleResume,
      .scheduleTrigger, .scheduleApply, .scheduleNext,
    ])

  fileprivate static let api: CommandTable.Topic = CommandTable.Topic(
    title: "API", page: "api", summary: "call the Honeydew API",
    groups: [
      CommandTable.Group(words: ["api"], summary: "Call the Honeydew API"),
      CommandTable.Group(words: ["github"], summary: "Ask GitHub through the Honeydew API"),
      CommandTable.Group(words: ["gitlab"], summary: "Ask GitLab through the Honeydew API"),
      CommandTable.Group(words: ["bitbucket"], summary: "Ask Bitbucket through the Honeydew API"),
      CommandTable.Group(words: ["jira"], summary: "Ask Jira through the Honeydew API"),
      CommandTable.Group(words: ["linear"], summary: "Ask Linear through the Honeydew API"),
    ],
    subcommands: [
      .apiList, .apiShow, .apiCall, .apiQuery,
    ] + APICommand.all.map(\.subcommand))

  fileprivate static let environments: CommandTable.Topic = CommandTable.Topic(
    title: "Environments", page: "env", summary: "name the APIs that jobs talk to, and log in to them",
    groups: [
      CommandTable.Group(words: ["env"], summary: "Manage the environments: the APIs that jobs talk to"),
      CommandTable.Group(words: ["auth"], summary: "See who is logged in"),
      CommandTable.Group(words: ["key"], summary: "Manage the key that seals stored secrets"),
    ],
    subcommands: [
      .envAdd, .envList, .envShow, .envCheck, .envUse, .envRemove, .login, .logout, .authStatus, .keyRotate,
    ])

  fileprivate static let workers: CommandTable.Topic = CommandTable.Topic(
    title: "Workers", page: "worker", summary: "see, restart and stop the workers, and resize their pools",
    groups: [
      CommandTable.Group(words: ["worker"], summary: "See, restart and stop the workers"),
      CommandTable.Group(words: ["pool"], summary: "See and resize the pools of workers"),
    ],
    subcommands: [
      .workerList, .workerRestart, .workerStop, .workerStart, .poolList, .poolResize,
    ])

  fileprivate static let daemon: CommandTable.Topic = CommandTable.Topic(
    title: "Daemon", page: "daemon", summary: "look after the daemon and its configuration",
    groups: [
      CommandTable.Group(words: ["config"], summary: "Check and show the configuration"),
      CommandTable.Group(words: ["instance"], summary: "See and remove the instances, daemons that share nothing"),
    ],
    subcommands: [
      .status, .ping, .doctor, .logs, .reload, .backup, .restore, .shutdown,
      .configCheck, .configShow, .configPath,
      .instanceList, .instanceRemove,
      .completion,
    ])
}
