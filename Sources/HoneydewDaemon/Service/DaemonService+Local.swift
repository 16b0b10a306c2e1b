internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC

extension DaemonService {
  func readOutput(_ request: Honeydew_ReadOutputRequest, _ call: StreamingCall<Honeydew_ReadOutputResponse>) {
    call.finish(Status(.unimplemented, "not yet"))
  }

  func signalJob(_ request: Honeydew_SignalJobRequest, _ call: UnaryCall<Honeydew_SignalJobResponse>) {
    turn.refuse(call, .invalid("", "not yet"))
  }

  func listPools(_ request: Honeydew_ListPoolsRequest, _ call: UnaryCall<Honeydew_ListPoolsResponse>) {
    turn.refuse(call, .invalid("", "not yet"))
  }

  func resizePool(_ request: Honeydew_ResizePoolRequest, _ call: UnaryCall<Honeydew_ResizePoolResponse>) {
    turn.refuse(call, .invalid("", "not yet"))
  }
}
