import Testing
@testable import HoneydewSystem
