internal import CCurl

extension HTTPClient {
  /// Time for name, connection and TLS together.
  private static let connectTimeoutMilliseconds = 10_000

  /// Sets what every connection to the endpoint depends on.
  func configure(_ endpoint: Endpoint) {
    set(CURLOPT_URL, endpoint.url)
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_FOLLOWLOCATION, 0)
    if !endpoint.usesProxy { set(CURLOPT_NOPROXY, "*") }

    set(CURLOPT_SSL_VERIFYPEER, 1)
    set(CURLOPT_SSL_VERIFYHOST, 2)
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let authorities = endpoint.authorities {
      honeydew_curl_set_bytes(easy, CURLOPT_CAINFO_BLOB, authorities, authorities.count)
      // Otherwise libcurl goes on trusting what it was given a day ago.
      set(CURLOPT_CA_CACHE_TIMEOUT, 0)
      // The built-in directory of authorities would be trusted beside them.
      honeydew_curl_set_string(easy, CURLOPT_CAPATH, nil)
    }
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    set(CURLOPT_NOSIGNAL, 1)
    // Otherwise an end in the middle of a look-up of the name would wait for the resolver's own time limit.
    set(CURLOPT_QUICK_EXIT, 1)
    set(CURLOPT_CONNECTTIMEOUT_MS, Self.connectTimeoutMilliseconds)
    set(CURLOPT_USERAGENT, userAgent)
    honeydew_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText.baseAddress)
  }

  /// Ends the exchange when the connection stands.
  func configureConnectionOnly() {
    set(CURLOPT_CONNECT_ONLY, 1)
  }

  /// Sets what the request and its answer depend on.
  func configure(_ call: APICall, headers: UnsafeMutablePointer<curl_slist>?, body: ResponseBody) {
    set(CURLOPT_ACCEPT_ENCODING, "")
    honeydew_curl_set_pointer(easy, CURLOPT_HTTPHEADER, headers)
    let request = call.body
    honeydew_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.count))
    request.withUnsafeBytes { _ = honeydew_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }

    honeydew_curl_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(body).toOpaque())
    honeydew_curl_set_write_function(easy) { start, size, count, context in
      guard let start, let context else { return 0 }
      let body = Unmanaged<ResponseBody>.fromOpaque(context).takeUnretainedValue()
      let bytes = UnsafeRawBufferPointer(start: start, count: size * count).assumingMemoryBound(to: UInt8.self)
      return body.append(bytes.span) ? size * count : 0
    }
    guardConnection()
  }

  /// Has the connection looked at before the request is sent, and behind the answer.
  private func guardConnection() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    honeydew_curl_set_pointer(easy, CURLOPT_PREREQDATA, context)
    honeydew_curl_set_prerequest_function(easy) { context, _, _, _, _ in
      guard let context else { return CURL_PREREQFUNC_ABORT }
      let client = Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue()
      return client.admitsRequest() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
    // There is no other sign of bytes that libcurl has read and dropped. It closes the connection then after some kinds of
    // answers only.
    set(CURLOPT_VERBOSE, 1)
    honeydew_curl_set_pointer(easy, CURLOPT_DEBUGDATA, context)
    honeydew_curl_set_debug_function(easy) { _, kind, start, count, context in
      guard kind == CURLINFO_TEXT, let start, let context else { return 0 }
      let text = UnsafeRawBufferPointer(start: start, count: count)
      if text.starts(with: "Excess found".utf8) || text.starts(with: "Leftovers after chunking".utf8) {
        Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue().noteExcess()
      }
      return 0
    }
  }

  /// The request's fields beyond libcurl's own.
  static func headers(_ call: APICall) -> UnsafeMutablePointer<curl_slist>? {
    var fields = [
      "Content-Type: application/json", "Accept: application/json", "Expect:", "X-Request-ID: \(call.requestID)",
    ]
    // Without a field that would end early the API answers 401, as it does to any other token that it never gave.
    if let token = call.accessToken, token.isBearerToken {
      fields.append("Authorization: Bearer \(token)")
    }
    return fields.reduce(nil) { curl_slist_append($0, $1) }
  }

  private func set(_ option: CURLoption, _ value: Int) {
    let result = honeydew_curl_set_long(easy, option, value)
    precondition(result == CURLE_OK, "libcurl refuses option \(option.rawValue)")
  }

  private func set(_ option: CURLoption, _ value: String) {
    let result = honeydew_curl_set_string(easy, option, value)
    precondition(result == CURLE_OK, "libcurl refuses option \(option.rawValue)")
  }
}
