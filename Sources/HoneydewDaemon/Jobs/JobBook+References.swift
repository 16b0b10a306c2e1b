internal import HoneydewCore
internal import HoneydewStore

extension JobBook {
  /// References to the jobs within reach that are meant by ids, or by their unique beginnings.
  func references(
    of texts: some Sequence<String>, within reach: Access.Reach
  ) throws(Refusal) -> [JobReference] {
    let known = try gate.read { store throws(StoreError) in try store.references(ids: texts) }
    var found: [JobReference] = []
    for text in texts {
      if let reference = known[text], !hasChanged(text), reach.includes(reference.submitter) {
        found.append(reference)
      } else {
        found.append(JobReference(try find(text, within: reach)))
      }
    }
    return found
  }
}
