internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewWire

extension DaemonService {
  func addEnvironment(_ request: Honeydew_AddEnvironmentRequest, _ call: UnaryCall<Honeydew_AddEnvironmentResponse>) {
    decide(call) { () throws(Status) in
      try supervisor.requireStore(forWriting: true)
      guard supervisor.environments.find(request.name) == nil else {
        throw .error(
          .alreadyExists, "there is an environment \(request.name) already; remove it first, or choose another name",
          reason: "ENVIRONMENT_EXISTS")
      }
      if let problem = EnvironmentRules.problem(
        name: request.name, baseURL: request.baseURL, caFile: request.caFile, allowsHTTP: request.allowHTTP)
      {
        throw .invalid(problem.field, problem.text)
      }
      let environment = Environment(
        id: supervisor.newID(), name: request.name, baseURL: request.baseURL, isActive: request.setActive,
        description: request.description_p.isEmpty ? nil : request.description_p,
        caFile: request.caFile.isEmpty ? nil : request.caFile, createdAt: supervisor.wallNow)
      for write in supervisor.environments.add(environment) { supervisor.turn.write(write) }
      return .with { $0.environment = supervisor.describe(environment) }
    }
  }

  func removeEnvironment(
    _ request: Honeydew_RemoveEnvironmentRequest, _ call: UnaryCall<Honeydew_RemoveEnvironmentResponse>
  ) {
    decide(call) { () throws(Status) in
      try supervisor.requireStore(forWriting: true)
      let environment = try supervisor.existingEnvironment(request.name)
      guard !environment.isActive else {
        throw .error(
          .failedPrecondition, "\(environment.name) is the active environment; switch to another one first",
          reason: "ENVIRONMENT_ACTIVE")
      }
      guard try !supervisor.hasUnendedJobs(in: environment) else {
        throw .error(
          .failedPrecondition, "jobs of \(environment.name) have not ended; cancel them or let them end",
          reason: "ENVIRONMENT_IN_USE")
      }
      let schedules = try available { () throws(StoreError) in
        try supervisor.schedules.names(ofEnvironment: environment.name)
      }
      guard schedules.isEmpty else {
        throw .error(
          .failedPrecondition,
          "schedules name \(environment.name): \(schedules.joined(separator: ", ")); update or remove them first",
          reason: "ENVIRONMENT_IN_USE")
      }
      for write in supervisor.environments.remove(environment) { supervisor.turn.write(write) }
      return .init()
    }
  }

  func listEnvironments(
    _ request: Honeydew_ListEnvironmentsRequest, _ call: UnaryCall<Honeydew_ListEnvironmentsResponse>
  ) {
    read(call) { [supervisor] () throws(Status) in
      .with { $0.environments = supervisor.environments.all.map { supervisor.describe($0) } }
    }
  }

  func setActiveEnvironment(
    _ request: Honeydew_SetActiveEnvironmentRequest, _ call: UnaryCall<Honeydew_SetActiveEnvironmentResponse>
  ) {
    decide(call) { () throws(Status) in
      try supervisor.requireStore(forWriting: true)
      let environment = try supervisor.existingEnvironment(request.name)
      for write in supervisor.environments.activate(environment, at: supervisor.wallNow) {
        supervisor.turn.write(write)
      }
      return .with {
        $0.environment = supervisor.describe(environment)
        $0.environment.isActive = true
        $0.needsAuth = $0.environment.needsAuth
      }
    }
  }

  func getActiveEnvironment(
    _ request: Honeydew_GetActiveEnvironmentRequest, _ call: UnaryCall<Honeydew_GetActiveEnvironmentResponse>
  ) {
    read(call) { [supervisor] () throws(Status) in
      let environment = try supervisor.environment(named: "")
      return .with { $0.environment = supervisor.describe(environment) }
    }
  }
}

extension Supervisor {
  func describe(_ environment: Environment) -> Honeydew_Environment {
    .with {
      $0.name = environment.name
      $0.baseURL = environment.baseURL
      $0.description_p = environment.description ?? ""
      $0.isActive = environment.isActive
      $0.needsAuth = environments.needsAuth(environment, now: wallNow)
      $0.caFile = environment.caFile ?? ""
      $0.createdAt = environment.createdAt.description
    }
  }

  fileprivate func hasUnendedJobs(in environment: Environment) throws(Status) -> Bool {
    guard let store else { throw .storeUnavailable }
    guard !jobs.hasChangedUnendedJob(in: environment.name) else { return true }
    let filter = JobFilter(statuses: [.pending, .running], environment: environment.name)
    return try available { () throws(StoreError) in try !store.jobs(filter: filter, limit: 1).isEmpty }
  }
}
