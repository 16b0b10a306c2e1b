import Testing
@testable import HoneydewWire
