/// A binary heap: the element that is ordered before all others is at the top.
struct Heap<Element> {
  private(set) var elements: [Element]
  private let isOrderedBefore: (Element, Element) -> Bool

  init(_ elements: [Element] = [], by isOrderedBefore: @escaping (Element, Element) -> Bool) {
    self.elements = elements
    self.isOrderedBefore = isOrderedBefore
    for parent in stride(from: elements.count / 2 - 1, through: 0, by: -1) { moveDown(from: parent) }
  }

  var count: Int { elements.count }
  var top: Element? { elements.first }

  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard isOrderedBefore(elements[child], elements[parent]) else { return }
      elements.swapAt(child, parent)
      child = parent
    }
  }

  mutating func popTop() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let top = elements.first else { return last }
    elements[0] = last
    moveDown(from: 0)
    return top
  }

  /// A heap of the elements that the transformation keeps.
  func compactMap(_ transform: (Element) -> Element?) -> Heap {
    Heap(elements.compactMap(transform), by: isOrderedBefore)
  }

  private mutating func moveDown(from start: Int) {
    var parent = start
    while true {
      var first = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count {
        if isOrderedBefore(elements[child], elements[first]) { first = child }
      }
      guard first != parent else { return }
      elements.swapAt(first, parent)
      parent = first
    }
  }
}
