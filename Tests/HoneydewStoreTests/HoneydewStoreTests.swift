import Testing
@testable import HoneydewStore
