internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewJSON

/// A GraphQL document that a job brings: one call of the Honeydew API, or one for each page.
final class DocumentRunner: CommandRunner {
  private let client: HTTPClient
  private let variables: JSONValue
  private var call: APICall
  /// nil where one answer is all.
  private var pages: PageCollector?

  /// Begins the call.
  init(
    _ run: Honeydew_Worker_Run, payload: JSONValue, client: HTTPClient, spool: SpoolFile?
  ) throws(APIFailure) {
    let request: DocumentCall
    do throws(PayloadError) {
      request = try DocumentCall(payload: payload)
    } catch {
      throw APIFailure(.invalidPayload, "\(error)", wasNotSent: true)
    }
    self.client = client
    variables = request.variables
    let endpoint = try Endpoint(run)
    call = APICall(
      run, to: endpoint, Operation(request.plan, command: run.command, document: request.document),
      variables: variables.serialized, isRepeatable: !request.plan.isMutation)
    pages = request.plan.pages.map {
      PageCollector(
        $0, after: variables[DocumentPages.variable]?.string, maximumBytes: endpoint.maximumResponseBytes)
    }
    // A page is taken apart in memory.
    client.begin(call, spool: pages == nil ? spool : nil)
  }

  func step(now: Duration) -> Outcome? {
    while let outcome = client.step() {
      guard pages != nil else { return Outcome(outcome) }
      if let end = take(outcome) { return end }
    }
    return nil
  }

  /// Takes a page, and asks for the next one; what the attempt came to when there is none.
  private func take(_ outcome: APIOutcome) -> Outcome? {
    do throws(APIFailure) {
      switch outcome {
      case .data(let page):
        guard let cursor = try pages?.add(page) else { return .data(pages?.result ?? page) }
        call.variables = variables.setting(DocumentPages.variable, to: .string(cursor)).serialized
        client.begin(call, spool: nil)
        return nil
      case .failure(let failure): throw failure
      case .spooled, .unauthorized: return Outcome(outcome)
      }
    } catch {
      var failure = error
      failure.text = "page \((pages?.count ?? 0) + 1): \(failure.text)"
      return .failure(failure)
    }
  }

  var knownOutcome: Outcome? { client.knownOutcome.map(Outcome.init) }

  var pause: Pause { .network }

  func abort(_ cut: Cut, now: Duration) -> Bool? { client.abort() }
}

extension JSONValue {
  /// The object with another value of a member.
  fileprivate func setting(_ key: String, to value: JSONValue) -> JSONValue {
    .object((members ?? []).filter { !$0.key.utf8.elementsEqual(key.utf8) } + [Member(key, value)])
  }
}
