/// The comments that precede declarations in a .proto file, by the path of what they describe.
struct Comments {
  private var byPath: [[Int32]: String] = [:]

  init(_ file: Google_Protobuf_FileDescriptorProto) {
    for location in file.sourceCodeInfo.location where location.hasLeadingComments {
      byPath[location.path] = location.leadingComments
    }
  }

  subscript(_ path: [Int32]) -> String { byPath[path] ?? "" }
}

/// The field numbers that make up a path (descriptor.proto, `SourceCodeInfo.Location.path`).
enum PathStep {
  static let fileMessage: Int32 = 4
  static let fileEnum: Int32 = 5
  static let fileService: Int32 = 6
  static let messageField: Int32 = 2
  static let messageNested: Int32 = 3
  static let messageEnum: Int32 = 4
  static let messageOneof: Int32 = 8
  static let enumValue: Int32 = 2
  static let serviceMethod: Int32 = 2
}
