internal import CNGHTTP2

extension ServerConnection {
  /// What a server says to a client whose connection it does not keep, for which there is no `ServerConnection`: its
  /// SETTINGS (RFC 9113 §3.4) and a GOAWAY whose debug data (§6.8) is the reason. Common clients show it to people.
  public static func farewell(_ reason: String) -> [UInt8] {
    let debug = Array(reason.utf8.prefix(256))
    let code = UInt32(NGHTTP2_ENHANCE_YOUR_CALM.rawValue)
    var goAway: [UInt8] = [0, 0, 0, 0]
    goAway += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: code >> $0) }
    goAway += debug
    return frame(NGHTTP2_SETTINGS, []) + frame(NGHTTP2_GOAWAY, goAway)
  }

  /// A frame of the connection itself (§4.1).
  private static func frame(_ type: nghttp2_frame_type, _ payload: [UInt8]) -> [UInt8] {
    let length = [16, 8, 0].map { UInt8(truncatingIfNeeded: payload.count >> $0) }
    return length + [UInt8(type.rawValue), 0, 0, 0, 0, 0] + payload
  }
}
