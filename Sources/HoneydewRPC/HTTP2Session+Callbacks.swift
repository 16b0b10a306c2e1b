internal import CNGHTTP2

/// nghttp2's side: how a handle is made, and where its callbacks lead.
extension HTTP2Session {
  static func makeHandle(_ role: Role) -> OpaquePointer {
    var callbacks: OpaquePointer?
    check(nghttp2_session_callbacks_new(&callbacks))
    defer { nghttp2_session_callbacks_del(callbacks) }
    setReceiving(callbacks)
    setSending(callbacks)
    var options: OpaquePointer?
    check(nghttp2_option_new(&options))
    defer { nghttp2_option_del(options) }
    nghttp2_option_set_no_http_messaging(options, 1)
    nghttp2_option_set_no_closed_streams(options, 1)
    // `ResetBudget` counts the streams that break off, whoever does it and by the connection's own clock.
    nghttp2_option_set_stream_reset_rate_limit(options, .max, 0)
    var handle: OpaquePointer?
    switch role {
    case .server: check(nghttp2_session_server_new2(&handle, callbacks, nil, options))
    case .client: check(nghttp2_session_client_new2(&handle, callbacks, nil, options))
    }
    guard let handle else { preconditionFailure("nghttp2 made no session") }
    return handle
  }

  /// For calls that fail only without memory or when they are called wrongly.
  static func check(_ code: Int32) {
    precondition(code == 0, "nghttp2: \(String(cString: nghttp2_strerror(code)))")
  }

  /// Messages leave without passing through nghttp2's own buffer: `nghttp2_send_data_callback` writes them.
  static var dataProvider: nghttp2_data_provider {
    nghttp2_data_provider(
      source: nghttp2_data_source(),
      read_callback: { _, id, _, length, flags, _, user in
        HTTP2Session.from(user).provide(id, atMost: length, &flags!.pointee)
      })
  }

  private static func from(_ user: UnsafeMutableRawPointer?) -> HTTP2Session {
    Unmanaged.fromOpaque(user!).takeUnretainedValue()
  }

  private static func setReceiving(_ callbacks: OpaquePointer?) {
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
      HTTP2Session.from(user).headersBegan(frame!.pointee)
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, _, name, nameLength, value, valueLength, _, user in
      let name = UnsafeBufferPointer(start: name, count: nameLength)
      let value = UnsafeBufferPointer(start: value, count: valueLength)
      HTTP2Session.from(user).arriving?.headers.add(name: name, value: value)
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
      HTTP2Session.from(user).frameReceived(frame!.pointee)
      return 0
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, bytes, count, user in
      let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
      HTTP2Session.from(user).exchange(id)?.dataReceived(bytes)
      return 0
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, user in
      HTTP2Session.from(user).streamClosed(id, code)
      return 0
    }
  }

  private static func setSending(_ callbacks: OpaquePointer?) {
    nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, frame, header, length, _, user in
      HTTP2Session.from(user).write(frame!.pointee.hd, UnsafeRawBufferPointer(start: header, count: 9), length)
    }
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
      HTTP2Session.from(user).frameSent(frame!.pointee)
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, code, user in
      HTTP2Session.from(user).frameNotSent(frame!.pointee, code)
      return 0
    }
  }

  // MARK: Receiving

  private func headersBegan(_ frame: nghttp2_frame) -> Int32 {
    let id = frame.hd.stream_id
    if frame.headers.cat == NGHTTP2_HCAT_REQUEST {
      arriving = owner?.open(stream: id)
      exchanges[id] = arriving
    } else {
      arriving = exchange(id)
      arriving?.headers.removeAll()
    }
    return 0
  }

  private func frameReceived(_ frame: nghttp2_frame) {
    let endsStream = UInt32(frame.hd.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
    switch nghttp2_frame_type(UInt32(frame.hd.type)) {
    case NGHTTP2_HEADERS:
      arriving = nil
      guard let exchange = exchange(frame.hd.stream_id) else { return }
      exchange.headersReceived(endsStream: endsStream)
      if endsStream { exchange.endReceived() }
    case NGHTTP2_DATA:
      if endsStream { exchange(frame.hd.stream_id)?.endReceived() }
    case NGHTTP2_SETTINGS:
      if UInt32(frame.hd.flags) & NGHTTP2_FLAG_ACK.rawValue == 0 { owner?.settingsReceived() }
    case NGHTTP2_GOAWAY:
      owner?.goAwayReceived()
    default: break
    }
  }

  private func streamClosed(_ id: Int32, _ code: UInt32) {
    guard let exchange = exchanges.removeValue(forKey: id) else { return }
    exchange.dropOutgoing()
    exchange.session = nil
    exchange.closed(errorCode: code)
    owner?.streamClosed(exchange, errorCode: code)
  }

  // MARK: Sending

  private func frameSent(_ frame: nghttp2_frame) {
    switch nghttp2_frame_type(UInt32(frame.hd.type)) {
    case NGHTTP2_DATA, NGHTTP2_HEADERS:
      guard UInt32(frame.hd.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0 else { return }
      exchange(frame.hd.stream_id)?.endSent()
    case NGHTTP2_GOAWAY:
      if frame.goaway.error_code != NGHTTP2_NO_ERROR.rawValue { terminationCode = frame.goaway.error_code }
    default: break
    }
  }

  /// Headers that will never go out, because of their size or the peer's GOAWAY, end their call.
  private func frameNotSent(_ frame: nghttp2_frame, _ code: Int32) {
    guard nghttp2_frame_type(UInt32(frame.hd.type)) == NGHTTP2_HEADERS else { return }
    let isTooLarge = code == NGHTTP2_ERR_FRAME_SIZE_ERROR.rawValue
    if frame.headers.cat == NGHTTP2_HCAT_REQUEST {
      // nghttp2 has no stream for it yet that it could close.
      streamClosed(frame.hd.stream_id, (isTooLarge ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_REFUSED_STREAM).rawValue)
    } else if isTooLarge {
      reset(frame.hd.stream_id, NGHTTP2_INTERNAL_ERROR)
    }
  }

  private func provide(_ id: Int32, atMost length: Int, _ flags: inout UInt32) -> Int {
    guard let exchange = exchange(id) else { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
    let count = min(length, exchange.outgoing.count)
    let ending = count == exchange.outgoing.count ? exchange.ending : nil
    guard count > 0 || ending != nil else {
      exchange.isDeferred = true
      return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    }
    flags |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
    switch ending {
    case nil: break
    case .withData: flags |= NGHTTP2_DATA_FLAG_EOF.rawValue
    case .withTrailers:
      flags |= NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
      submitTrailers(exchange)
    }
    return count
  }

  private func write(_ header: nghttp2_frame_hd, _ headerBytes: UnsafeRawBufferPointer, _ length: Int) -> Int32 {
    guard output.count < HTTP2Session.outputHighWater else { return NGHTTP2_ERR_WOULDBLOCK.rawValue }
    guard let exchange = exchange(header.stream_id), exchange.outgoing.count >= length else {
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
    }
    output.append(headerBytes)
    exchange.moveOutgoing(length, to: &output)
    drained.append(exchange)
    return 0
  }
}
