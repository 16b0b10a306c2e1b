import Testing
@testable import HoneydewCore
