/// A stored payload, with what its sealed arguments are bound to.
public struct StoredPayload: Equatable, Sendable {
  /// Of a job; 0 for a schedule.
  public let sequence: Int64
  public let id: String
  public let command: String
  public let payload: [UInt8]
}

extension Store {
  /// The payloads of a command's jobs, oldest first. Looks at every job between the bounds.
  public func payloads(
    of command: String, after sequence: Int64, upTo end: Int64, limit: Int
  ) throws(StoreError) -> [StoredPayload] {
    try reading { () throws(StoreError) in
      let statement = reads.payloads
      statement.bind(1, sequence)
      statement.bind(2, end)
      statement.bind(3, command)
      statement.bind(4, Int64(limit))
      return try statement.rows { row throws(StoreError) in
        StoredPayload(
          sequence: try row.number(0, StoredRanges.sequence), id: row.text(1), command: command, payload: row.bytes(2))
      }
    }
  }

  /// The payloads of all schedules.
  public func schedulePayloads() throws(StoreError) -> [StoredPayload] {
    try reading { () throws(StoreError) in
      try reads.schedulePayloads.rows { row throws(StoreError) in
        StoredPayload(sequence: 0, id: row.text(0), command: row.text(1), payload: row.bytes(2))
      }
    }
  }
}
