internal import CCurl
internal import HoneydewCore

/// Why libcurl could not exchange request and answer.
struct TransferFailure {
  var code: CURLcode
  /// libcurl's own sentence.
  var detail: String
  /// Whether the connection stood, TLS included, when the exchange failed: something may have been sent.
  var wasConnected: Bool

  var failure: APIFailure {
    switch code {
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      APIFailure(
        .networkError, "the API's certificate is not accepted: \(detail)", wasNotSent: !wasConnected, isPermanent: true)
    case CURLE_SSL_CACERT_BADFILE:
      APIFailure(
        .networkError, "the environment's CA file cannot be used: \(detail)", wasNotSent: !wasConnected,
        isPermanent: true)
    case CURLE_URL_MALFORMAT where !wasConnected, CURLE_UNSUPPORTED_PROTOCOL where !wasConnected,
      CURLE_LOGIN_DENIED where !wasConnected:
      APIFailure(
        .networkError, "the environment's URL cannot be used: \(detail)", wasNotSent: true, isPermanent: true)
    // An answer without HTTP's status line is an "unsupported protocol" as well.
    case CURLE_BAD_CONTENT_ENCODING, CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL:
      APIFailure(.apiUnavailable, "the API's answer is broken: \(detail)")
    default:
      APIFailure(.networkError, detail, wasNotSent: !wasConnected)
    }
  }
}
