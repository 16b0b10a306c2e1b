import HoneydewCore
import Testing

@Suite struct EnvironmentRulesTests {
  private func field(_ url: String, name: String = "staging", caFile: String = "", allowsHTTP: Bool = false)
    -> String?
  {
    do throws(Refusal) {
      try EnvironmentRules.check(name: name, baseURL: url, caFile: caFile, allowsHTTP: allowsHTTP)
      return nil
    } catch {
      return error.facts["field"]
    }
  }

  @Test(arguments: [
    "https://api.example.com/graphql", "https://api.example.com", "https://api.example.com:8443/a?b#c",
    "https://[::1]/", "https://[2001:db8:0:0:0:0:2:1]/", "https://[::ffff:10.0.0.1]/", "https://[fe80::1%25eth0]:443/",
    "https://[1:2:3:4:5:6:7::]/", "https://a.example./", "https://a_b-c.example/",
    "https://10.0.0.1/", "http://localhost/graphql", "http://localhost:8080", "http://127.0.0.1:1/",
    "http://127.9.9.9/",
    "http://[::1]:80/", "HTTPS://a.example/", "hTTps://a.example:8443", "HTTP://LOCALHOST:80/",
  ])
  func `https goes anywhere, and http to this machine`(url: String) {
    #expect(field(url) == nil)
  }

  @Test(arguments: [
    "http://api.example.com/graphql", "http://10.0.0.1/", "http://0.0.0.0/", "http://localhost.example.com/",
    "http://127.0.0.1.example.com/", "http://127.0.0.256/", "http://127.0.0.01/", "http://127.0.0./",
    "http://128.0.0.1/", "http://[::2]/", "http://127.1/",
  ])
  func `http to another address is a choice of its own`(url: String) {
    #expect(field(url) == "base_url")
    #expect(field(url, allowsHTTP: true) == nil)
  }

  @Test(arguments: [
    "", "https://", "https:///graphql", "ftp://a.example/", "a.example", "HTTPS:/a.example/", "https://a b/",
    "https://a.example/\n", "https://ä.example/", "https://user@a.example/", "https://u:p@a.example/", "https://a:0/",
    "https://a:65536/", "http://127.0.0.1:+1/", "https://a:+8443", "https://a:-1/", "https://a:/",
    "https://a:x/", "https://[::1/", "https://[::1]x/",
    "http://u:p@127.0.0.1/", "https://a,b/", "https://*/", "https://*.example/", "https://a{1,2}/", "https://a[1-3]/",
    "https://a..b/", "https://./", "https://.a/", "https://a%41/", "https://a;b/", "https://a&b/", "https://a\\b/",
    "http://127.0.0.+1/", "http://127.+0.0.1/", "https://[localhost]/", "http://[127.0.0.1]/", "https://[]/",
    "https://[:::1]/", "https://[1:2:3:4:5:6:7]/", "https://[1:2:3:4:5:6:7:8:9]/", "https://[1::2::3]/",
    "https://[12345::]/", "https://[::1%25]/", "https://[::1.2.3]/", "https://[1.2.3.4::]/", "https://[g::]/",
    "https://\(String(repeating: "a", count: 64)).example/", "https://\(String(repeating: "abcdefg.", count: 32))a/",
  ])
  func `what is no address is refused, whatever is allowed`(url: String) {
    #expect(field(url) == "base_url")
    #expect(field(url, allowsHTTP: true) == "base_url")
  }

  @Test(arguments: [("a", true), ("a.b-c_9", true), ("", false), ("a b", false), ("ä", false), ("a/b", false)])
  func `a name is plain`(name: String, isTaken: Bool) {
    #expect((field("https://a.example/", name: name) == nil) == isTaken)
    #expect(field("https://a.example/", name: String(repeating: "a", count: 64)) == nil)
    #expect(field("https://a.example/", name: String(repeating: "a", count: 65)) == "name")
  }

  @Test func `a file of authorities is named by its absolute path`() {
    #expect(field("https://a.example/", caFile: "/etc/ca.pem") == nil)
    #expect(field("https://a.example/", caFile: "ca.pem") == "ca_file")
  }
}
