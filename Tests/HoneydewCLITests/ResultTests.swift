import HoneydewText
import Testing

@testable import HoneydewCLI

@Suite("A result") struct ResultTests {
  private func lines(_ command: String, _ json: String) -> [String] {
    switch ResultText.make(command: command, result: Array(json.utf8)) {
    case .table(let table, _): table.lines(width: nil, palette: Palette(isColored: false))
    case .text(let text): text.split(separator: "\n").map(String.init)
    }
  }

  @Test("of commits is a table of them")
  func commits() {
    let json = """
      {"githubCommits": {"commits": [
        {"sha": "0123456789abcdef", "message": "Fix it\\n\\nAt last", "author": "Ada", "authorEmail": "a@b.c",
         "date": "2026-01-02T03:04:05Z", "additions": 12, "deletions": null, "files": [{"patch": "}],[{\\""}]},
        {"sha": "f", "message": "\\u001b]0;gotcha\\u0007", "author": "Bö", "date": "2026-01-01", "additions": 1,
         "deletions": 300, "files": null}
      ], "json": null}}
      """
    #expect(
      lines("github.commits", json) == [
        "COMMIT      DATE                  AUTHOR  ADDED  DELETED  MESSAGE",
        "0123456789  2026-01-02T03:04:05Z  Ada        12           Fix it",
        "f           2026-01-01            Bö          1      300  \\u{1b}]0;gotcha\\u{7}",
      ])
  }

  @Test("of organizations names their providers")
  func organizations() {
    let json = """
      {"listOrganizationsWithProviders":[{"name":"acme","providers":[{"oid":"1","name":"github"},{"oid":"2","name":"jira"}]},
      {"name":"empty","providers":[]}]}
      """
    #expect(
      lines("organizations.list", json) == [
        "ORGANIZATION  PROVIDERS", "acme          github, jira", "empty",
      ])
  }

  @Test("of a clone is a row that says where it is")
  func clone() {
    let json = """
      {"githubCloneRepository": {"success": true, "path": "/clones/web", "repository": "web", "organization": "acme",
       "error": null}}
      """
    #expect(
      lines("github.clone", json) == [
        "ORGANIZATION  REPOSITORY  PATH", "acme          web         /clones/web",
      ])
  }

  @Test("of pull requests is the same table for every host, with what is missing left empty")
  func pullRequests() {
    let github = """
      {"githubPullRequests": [
        {"number": 7, "title": "Fix it", "state": "open", "user": {"login": "ada"}, "createdAt": "2026-01-02"},
        {"number": 12, "title": "Ship\\nit", "state": null, "user": null, "createdAt": null}]}
      """
    #expect(
      lines("github.pullRequests", github) == [
        "NUMBER  STATE  AUTHOR  CREATED     TITLE", "     7  open   ada     2026-01-02  Fix it",
        "    12                             Ship",
      ])
    let detailed = """
      {"gitlabMergeRequestsDetailed": {"mergeRequests": [
        {"iid": 7, "title": "Fix it", "state": "opened", "author": "ada", "createdAt": "2026-01-02"}], "json": null}}
      """
    #expect(
      lines("gitlab.mergeRequestsDetailed", detailed) == [
        "NUMBER  STATE   AUTHOR  CREATED     TITLE", "     7  opened  ada     2026-01-02  Fix it",
      ])
  }

  @Test("of Linear's projects tells the progress in percent")
  func progress() {
    let json = """
      {"linearProjects": [
        {"name": "Web", "state": "started", "progress": 0.455, "targetDate": "2026-01-02", "lead": {"name": "Ada"}},
        {"name": "App", "state": null, "progress": null, "targetDate": null, "lead": null}]}
      """
    #expect(
      lines("linear.projects", json) == [
        "PROJECT  STATE    PROGRESS  TARGET      LEAD", "Web      started      46 %  2026-01-02  Ada", "App",
      ])
  }

  @Test("of a command without a layout is a table of its scalars")
  func generic() {
    let json =
      "{\"asanaWorkspaces\": [{\"id\": 1, \"keyName\": \"A\", \"lead\": {\"x\": 1}}, {\"id\": 20, \"keyName\": null}]}"
    #expect(lines("asana.workspaces", json) == ["ID  KEY NAME", "1   A", "20"])
    #expect(lines("organizations.names", "{\"names\": [\"a\", true]}") == ["NAMES", "a", "yes"])
    #expect(lines("organizations.names", "{\"names\": []}") == ["NAMES"])
  }

  @Test("that is no list is indented JSON")
  func indented() {
    #expect(
      lines("account.me", "{\"me\":{\"id\":\"1\",\"tags\":[],\"x\":[1,{\"a\":\"{,}\\\"\"}]}}") == [
        "{", "  \"me\": {", "    \"id\": \"1\",", "    \"tags\": [],", "    \"x\": [", "      1,", "      {",
        "        \"a\": \"{,}\\\"\"", "      }", "    ]", "  }", "}",
      ])
    #expect(lines("diag.noop", "{ }") == ["{}"])
    #expect(lines("diag.noop", "null") == ["null"])
    #expect(lines("two", "{\"a\":[],\"b\":[]}") == ["{", "  \"a\": [],", "  \"b\": []", "}"])
  }
}
