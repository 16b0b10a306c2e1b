import Glibc
internal import HoneydewCore
internal import HoneydewSystem

/// Where the outputs of commands are kept.
final class OutputDirectory {
  let directory: Directory

  init(_ path: String) throws(Errno) {
    directory = try Directory(path)
  }
}

/// The output file of an attempt, made with its first byte. What cannot be written is counted, and costs the job nothing.
final class CommandOutput {
  private let outputs: OutputDirectory?
  private let name: String
  private var file: FileDescriptor?
  private(set) var bound: OutputBound
  /// What was lost since the last record that could be written, and why.
  private var gap: (count: Int, why: String)?
  /// An older file of the name, as a restored database leaves one, was removed.
  private var isCleared = false

  /// - Parameters:
  ///   - name: in the directory of outputs; empty keeps nothing.
  ///   - limit: the most bytes to keep; zero is no limit.
  init(in outputs: OutputDirectory?, name: String, limit: Int64) {
    self.outputs = outputs
    self.name = name
    bound = OutputBound(limit: limit)
  }

  /// Writes all the records, or says with the next ones how much is missing.
  func write(_ buffer: inout RecordBuffer, time: [UInt8]) {
    buffer.withRecords { records in write(records, text: buffer.textCount, time: time) }
    buffer.removeAll()
  }

  private func write(_ records: RawSpan, text: Int, time: [UInt8]) {
    var (rest, restText) = (0, text)
    do throws(Errno) {
      while rest < records.byteCount {
        let share = bound.share(of: records.extracting(rest...))
        if share == 0 {
          try beginNextFile()
          continue
        }
        try open(time: time)
        let piece = records.extracting(rest..<rest + share)
        let (kept, error) = append(piece)
        let isAll = rest + kept == records.byteCount
        let keptText = isAll ? restText : OutputBound.textCount(of: piece.extracting(..<kept))
        bound.wrote(kept, text: keptText)
        (rest, restText) = (rest + kept, restText - keptText)
        if let error { throw error }
      }
    } catch {
      bound.lost(text: restText)
      gap = ((gap?.count ?? 0) + restText, error.text)
    }
  }

  /// Opens the file where there is none, and writes what is to be told first.
  private func open(time: [UInt8]) throws(Errno) {
    if file == nil {
      guard let outputs, !name.isEmpty else { throw Errno(ENOENT, call: "open") }
      if !isCleared {
        for old in [name, OutputFileName.older(than: name)] { _ = try outputs.directory.remove(old) }
        isCleared = true
      }
      file = try outputs.directory.open(name, flags: O_WRONLY | O_CREAT | O_EXCL)
      if bound.offset > 0 { try append(note: OutputRecord.beginning(at: bound.offset), time: time) }
    }
    if let gap {
      try append(note: OutputRecord.lost(UInt64(gap.count), why: gap.why), time: time)
      self.gap = nil
    }
  }

  private func append(note: String, time: [UInt8]) throws(Errno) {
    var buffer = RecordBuffer()
    buffer.append(note: note, time: time)
    let (kept, error) = buffer.withRecords { append($0) }
    bound.wrote(kept, text: 0)
    if let error { throw error }
  }

  /// - Returns: the bytes of whole records that are in the file now, and why they are not all.
  private func append(_ records: RawSpan) -> (kept: Int, error: Errno?) {
    guard let number = file?.fileNumber else { preconditionFailure("the file is open") }
    var written = 0
    while written < records.byteCount {
      let rest = records.extracting(written...)
      let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        let error = Errno(errno, call: "write")
        let kept = OutputBound.wholeRecords(in: records.extracting(..<written))
        // A part of a record would be none.
        if kept < written { ftruncate(number, off_t(bound.fileSize + kept)) }
        lseek(number, off_t(bound.fileSize + kept), SEEK_SET)
        return (kept, error)
      }
      written += count
    }
    return (written, nil)
  }

  private func beginNextFile() throws(Errno) {
    if let outputs, file != nil { try outputs.directory.rename(name, to: OutputFileName.older(than: name)) }
    file = nil
    bound.beginNextFile()
  }
}
