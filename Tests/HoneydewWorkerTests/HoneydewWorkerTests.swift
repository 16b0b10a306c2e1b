import Testing
@testable import HoneydewWorker
