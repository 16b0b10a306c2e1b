internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem

extension DaemonService {
  private var environments: EnvironmentBook {
    get { supervisor.auth.environments }
    set { supervisor.auth.environments = newValue }
  }

  func addEnvironment(_ request: Honeydew_AddEnvironmentRequest, _ call: UnaryCall<Honeydew_AddEnvironmentResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.name)
      if let present = environments.find(request.name) {
        guard present.isMeant(byURL: request.baseURL, caFile: request.caFile, request.description_p) else {
          throw .environmentExists(request.name)
        }
        if request.setActive { turn.write(environments.activate(present, at: turn.wallNow)) }
        return .with {
          $0.environment = describe(present)
          $0.environment.isActive = present.isActive || request.setActive
          $0.alreadyExisted = true
        }
      }
      try EnvironmentRules.check(
        name: request.name, baseURL: request.baseURL, caFile: request.caFile, allowsHTTP: request.allowHTTP)
      try checkCAFile(request.caFile)
      let environment = Environment(
        id: supervisor.newID(), name: request.name, baseURL: request.baseURL, isActive: request.setActive,
        description: request.description_p.isEmpty ? nil : request.description_p,
        caFile: request.caFile.isEmpty ? nil : request.caFile, createdAt: turn.wallNow)
      turn.write(environments.add(environment))
      return .with { $0.environment = describe(environment) }
    }
  }

  /// It is opened again for each job; what is no file of certificates fails here, and not in the first job.
  private func checkCAFile(_ path: String) throws(Refusal) {
    guard !path.isEmpty else { return }
    do throws(Errno) {
      _ = try Files.openRegular(path, limit: EnvironmentRules.longestCAFile)
    } catch {
      throw .invalid("ca_file", "the CA file cannot be used: \(error.sentence)")
    }
  }

  func removeEnvironment(
    _ request: Honeydew_RemoveEnvironmentRequest, _ call: UnaryCall<Honeydew_RemoveEnvironmentResponse>
  ) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.name)
      let environment = try find(request.name)
      guard !environment.isActive else { throw .environmentActive(environment.name) }
      guard try !hasUnendedJobs(in: environment.name) else { throw .environmentHasJobs(environment.name) }
      let schedules = try supervisor.schedules.names(ofEnvironment: environment.name)
      guard schedules.isEmpty else { throw .environmentHasSchedules(environment.name, schedules) }
      turn.write(environments.remove(environment))
      return .init()
    }
  }

  func listEnvironments(
    _ request: Honeydew_ListEnvironmentsRequest, _ call: UnaryCall<Honeydew_ListEnvironmentsResponse>
  ) {
    read(call) { .with { $0.environments = environments.all.map { describe($0) } } }
  }

  func checkEnvironment(
    _ request: Honeydew_CheckEnvironmentRequest, _ call: UnaryCall<Honeydew_CheckEnvironmentResponse>
  ) {
    begin(call) { () throws(Refusal) in
      try supervisor.restarts.requireWorkers()
      try supervisor.auth.check(request.environment, call)
    }
  }

  func setActiveEnvironment(
    _ request: Honeydew_SetActiveEnvironmentRequest, _ call: UnaryCall<Honeydew_SetActiveEnvironmentResponse>
  ) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.name)
      let environment = try find(request.name)
      turn.write(environments.activate(environment, at: turn.wallNow))
      return .with {
        $0.environment = describe(environment)
        $0.environment.isActive = true
        $0.needsAuth = $0.environment.needsAuth
      }
    }
  }

  func getActiveEnvironment(
    _ request: Honeydew_GetActiveEnvironmentRequest, _ call: UnaryCall<Honeydew_GetActiveEnvironmentResponse>
  ) {
    read(call) { () throws(Refusal) in
      let environment = try supervisor.auth.environment(named: "")
      return .with { $0.environment = describe(environment) }
    }
  }

  /// - Parameter name: the field of that name.
  private func find(_ name: String) throws(Refusal) -> Environment {
    guard let environment = environments.find(name) else { throw .environmentNotFound(name, field: "name") }
    return environment
  }

  private func describe(_ environment: Environment) -> Honeydew_Environment {
    .with {
      $0.name = environment.name
      $0.baseURL = environment.baseURL
      $0.description_p = environment.description ?? ""
      $0.isActive = environment.isActive
      $0.needsAuth = environments.needsAuth(environment, now: turn.wallNow)
      $0.needsReauth = environments.needsReauth(environment, now: turn.wallNow)
      $0.caFile = environment.caFile ?? ""
      $0.createdAt = environment.createdAt.description
    }
  }

  private func hasUnendedJobs(in environment: String) throws(Refusal) -> Bool {
    guard !supervisor.jobs.hasChangedUnendedJob(in: environment) else { return true }
    let filter = JobFilter(statuses: [.pending, .running], environments: [environment])
    return try supervisor.gate.read { store throws(StoreError) in try !store.jobs(filter: filter, limit: 1).isEmpty }
  }
}
