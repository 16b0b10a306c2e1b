/// The schema's migrations, oldest first. A released file is never edited: its checksum is stored in every database.
public let migrations: [(version: Int, name: String, sql: [UInt8])] = [
  (1, "001_initial", PackageResources._01_initial_sql)
]
