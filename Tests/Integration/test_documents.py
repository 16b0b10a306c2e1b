"""Any GraphQL document as a job: `api.query` through SubmitJob, and `honeydew api query`."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import graphql
import grpc
import pytest
from canned_api import canned, errors, reply  # noqa: F401
from honeydew_command import cli_of, environment, honeydew, outcome  # noqa: F401
from honeydew_daemon import pb, wait_until

ITEMS = """query Items($after: String, $first: Int) {
  shelf {
    items(after: $after, first: $first) { nodes { id } pageInfo { hasNextPage endCursor } total }
  }
}
"""
USER = "query User($id: ID!) {\n  user: getUser(id: $id) { ...Names }\n}\nfragment Names on User { username role }\n"


@pytest.fixture
def query(sandbox_daemon, cli_of):
    """Runs `honeydew api query` against the sandbox."""
    command = cli_of(sandbox_daemon)
    return lambda *arguments, **options: command("api", "query", *arguments, **options)


def document(daemon, text, **payload):
    return daemon.submit("api.query", {"query": text, **payload})


def refusal(daemon, text, **payload):
    with pytest.raises(grpc.RpcError) as info:
        document(daemon, text, **payload)
    assert info.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    return info.value.details()


def shelf(nodes, cursor=None):
    info = {"hasNextPage": cursor is not None, "endCursor": cursor or "the end"}
    return {"data": {"shelf": {"items": {"nodes": [{"id": n} for n in nodes], "pageInfo": info, "total": 5}}}}


def paged(pages):
    """Answers each cursor with its page."""
    return lambda request: None if request.is_about_tokens else reply(pages[request.variables.get("after")])


PAGES = {None: shelf([1, 2], "a"), "a": shelf([3, 4], "b"), "b": shelf([5])}


def test_a_document_is_sent_and_its_answer_is_the_result(sandbox_daemon):
    job = sandbox_daemon.wait_one(document(sandbox_daemon, USER, variables={"id": 1}))
    assert (job.status, job.error, job.environment) == ("completed", "", "sandbox")
    assert json.loads(job.result) == {"user": {"username": "admin", "role": "admin"}}
    assert json.loads(job.payload) == {"query": USER, "variables": {"id": 1}}
    several = document(sandbox_daemon, "query A { a: me { id } b: __typename } mutation B { deleteUser(id: 9) { success } }", operationName="A")
    assert list(json.loads(sandbox_daemon.wait_one(several).result)) == ["a", "b"]


def test_what_the_api_does_not_have_it_says(sandbox_daemon):
    job = sandbox_daemon.wait_one(document(sandbox_daemon, "{ nobody }"))
    assert (job.status, job.error_code, job.attempts) == ("failed", "API_ERROR", 1)
    assert "Cannot query field 'nobody'" in job.error


def test_the_daemon_reads_a_document_before_it_takes_it(sandbox_daemon):
    assert refusal(sandbox_daemon, "{ me {") == "query:1:7: expected a field or '}', found the end of the document"
    assert "query:2:1: the document has 2 operations" in refusal(sandbox_daemon, "query A { a }\nquery B { b }")
    assert "a subscription has no end" in refusal(sandbox_daemon, "subscription { a }")
    assert "variables.id" in refusal(sandbox_daemon, USER)
    assert "did you mean variables.id?" in refusal(sandbox_daemon, USER, variables={"ID": 1, "id": 2})
    assert "use: honeydew login" in refusal(sandbox_daemon, 'mutation { x: login(username: "a", password: "b") { accessToken } }')
    assert "account.createUser" in refusal(sandbox_daemon, "mutation { ...F } fragment F on Mutation { createUser { id } }")
    assert "declare ($after: String)" in refusal(sandbox_daemon, "{ me { id } }", paginate=True)
    with pytest.raises(grpc.RpcError) as info:
        request = pb.ScheduleJobRequest(name="d", cron_expr="@daily", command="api.query", payload='{"query": "{"}')
        sandbox_daemon.stub.ScheduleJob(request)
    assert info.value.code() == grpc.StatusCode.INVALID_ARGUMENT and "query:1:2:" in info.value.details()


def test_a_mutation_with_success_false_has_failed(canned):
    answer = {"data": {"a": {"success": True}, "b": {"success": False, "message": "the shelf is full"}}}
    daemon, _ = canned(lambda request: None if request.is_about_tokens else reply(answer))
    job = daemon.wait_one(document(daemon, "mutation M { a: put(x: 1) { success } b: put(x: 2) { success message } }"))
    assert (job.status, job.error) == ("failed", "API_ERROR: the API could not do it: the shelf is full")
    assert json.loads(job.result) == answer["data"]
    job = daemon.wait_one(document(daemon, "{ a { success } b { success message } }"))
    assert (job.status, json.loads(job.result)) == ("completed", answer["data"])


def test_data_of_any_root_field_proves_that_a_mutation_was_carried_out(canned):
    """It is not sent again with another token; without data it is."""
    half = errors("log in to the shelf", code="UNAUTHENTICATED", data={"a": None, "b": {"id": 1}})
    none = errors("log in", code="UNAUTHENTICATED", data={"a": None, "b": None})
    plan = {"Half": [half, half], "Never": [none, {"data": {"b": 1}}]}
    daemon, api = canned(lambda request: None if request.is_about_tokens else reply(plan[request.operation].pop(0)))
    job = daemon.wait_one(document(daemon, "mutation Half { a: x b: y { id } }"))
    assert (job.error_code, job.attempts, api.count("Half")) == ("API_ERROR", 1, 1)
    job = daemon.wait_one(document(daemon, "mutation Never { a: x b: y }"))
    assert (job.status, job.attempts, api.count("Never")) == ("completed", 2, 2)


@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized", "429 Too Many Requests"])
@pytest.mark.parametrize("data", [None, {"a": None, "b": None}])
def test_a_mutation_of_several_fields_is_not_sent_again_after_an_error_at_one_of_them(canned, status, data):
    """The fields before it were carried out, though a field that may not be null has taken all data away."""
    error = {"message": "no", "path": ["b"], "extensions": {"code": "UNAUTHENTICATED"}}
    daemon, api = canned(
        lambda request: None if request.is_about_tokens else reply({"data": data, "errors": [error]}, status))
    job = daemon.wait_one(document(daemon, "mutation Both { a: x b: y }"))
    assert (job.error_code, job.attempts, api.count("Both")) == ("API_ERROR", 1, 1)
    assert "some of the mutation's fields may have been carried out" in job.error


def test_a_mutation_goes_by_a_connection_of_its_own(canned):
    """On a kept one that has died, libcurl would send it a second time."""
    daemon, api = canned(lambda request: None if request.is_about_tokens else reply({"data": {"x": 1}}), workers=1)
    for text in ("query Q { x }", "query Q { x }", "mutation M { x }", "query Q { x }", "mutation M { x }"):
        assert daemon.wait_one(document(daemon, text)).status == "completed"
    numbers = [(r.operation, r.connection.number) for r in api.requests if not r.is_about_tokens]
    first = numbers[0][1]
    assert numbers == [("Q", first), ("Q", first), ("M", first + 1), ("Q", first + 1), ("M", first + 2)]


def test_pages_become_one_result(canned):
    daemon, api = canned(paged(PAGES))
    job = daemon.wait_one(document(daemon, ITEMS, variables={"first": 2}, paginate=True))
    assert (job.status, job.error, job.attempts) == ("completed", "", 1)
    assert json.loads(job.result) == shelf([1, 2, 3, 4, 5])["data"]
    asked = [request.variables for request in api.requests if request.operation == "Items"]
    assert asked == [{"first": 2}, {"first": 2, "after": "a"}, {"first": 2, "after": "b"}]
    # By one connection, as requests of one attempt.
    assert len({r.connection.number for r in api.requests if r.operation == "Items"}) == 1
    job = daemon.wait_one(document(daemon, ITEMS, variables={"after": "a"}, paginate=True))
    assert [node["id"] for node in json.loads(job.result)["shelf"]["items"]["nodes"]] == [3, 4, 5]


def test_pages_that_are_large_together_are_spooled_or_too_large(canned):
    text = "x" * 200_000
    pages = {None: shelf([text], "a"), "a": shelf([text], "b"), "b": shelf([text] * 3, "c"), "c": shelf([text] * 3)}
    daemon, _ = canned(paged(pages), api="  max_response_mb: 1\n")
    job = daemon.wait_one(document(daemon, ITEMS, paginate=True))
    assert (job.error_code, job.attempts) == ("RESPONSE_TOO_LARGE", 1) and "page 4: all pages together" in job.error
    pages["b"] = shelf([text])
    job = daemon.wait_one(document(daemon, ITEMS, paginate=True))
    assert (job.status, job.result_spooled) == ("completed", True), job.error
    result = b"".join(part.chunk for part in daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job.job_id)))
    assert json.loads(result) == shelf([text] * 3)["data"]


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (shelf([3], "a"), "page 2: the answer ends with a cursor that was followed already"),
        ({"data": {"shelf": {"items": {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}}}},
         "page 2: there is another page, but the answer has no endCursor"),
        ({"data": {"shelf": None}}, "page 2: the answer has no shelf.items any more"),
        (errors("the shelf broke"), "page 2: the shelf broke"),
    ],
)  # fmt: skip
def test_pages_that_lead_nowhere_end_the_job(canned, last, text):
    daemon, api = canned(paged({None: shelf([1], "a"), "a": last}))
    job = daemon.wait_one(document(daemon, ITEMS, paginate=True))
    assert (job.status, job.attempts) == ("failed", 1)
    assert job.error.startswith(f"API_ERROR: {text}")
    assert api.count("Items") == 2


def test_an_attempt_that_was_cut_off_between_pages_begins_again(canned):
    broken = [reply(b"", status="502 Bad Gateway"), reply(b"", status="401 Unauthorized")]
    pages = paged(PAGES)

    def answer(request):
        return broken.pop(0) if broken and request.variables.get("after") == "b" else pages(request)

    daemon, api = canned(answer)
    job = daemon.wait_one(document(daemon, ITEMS, paginate=True))
    assert (job.status, job.attempts) == ("completed", 3), job.error
    assert json.loads(job.result) == shelf([1, 2, 3, 4, 5])["data"]
    assert api.count("Items") == 9


def test_the_command_line_sends_a_document_and_prints_the_answer(query, tmp_path):
    file = tmp_path / "user.graphql"
    file.write_text(USER)
    answer = {"user": {"username": "admin", "role": "admin"}}
    for arguments, options in [
        ([USER, "--var", "id=1"], {}),
        (["--file", file, "--var", "id:=1"], {}),
        (["--file", "-", "--var", "id=1", "--env", "sandbox", "--wait-timeout", "1m"], {"input": USER}),
        (["-", "--operation", "User", "--var", "id=1"], {"input": USER + "mutation Other { deleteUser(id: 9) { success } }"}),
    ]:
        for json_option in ([], ["--json"]):
            result = query(*arguments, *json_option, **options)
            assert (result.returncode, result.stderr) == (0, ""), result.stderr
            assert json.loads(result.stdout) == answer


def test_variables_have_the_types_that_the_document_declares(query, sandbox_daemon):
    declared = "query T($i: Int, $f: Float, $b: Boolean, $s: String, $l: [Int!], $e: Role, $o: Filter) { me { id } }"
    words = ["i=1", "f=1.5", "b=true", "s=1", "l=1", "l=2", "e=ADMIN", 'o:={"a": [null]}']
    result = query(declared, "--no-wait", *(word for pair in (("--var", word) for word in words) for word in pair))
    payload = json.loads(sandbox_daemon.job(result.stdout.strip()).payload)
    assert payload["variables"] == {
        "i": 1, "f": 1.5, "b": True, "s": "1", "l": [1, 2], "e": "ADMIN", "o": {"a": [None]}}  # fmt: skip
    assert outcome(query(declared, "--var", "i=x")) == (2, "", 'honeydew: i must be a whole number, not "x"\n')
    result = query(declared, "--var", "ii=1")
    assert result.returncode != 0 and "variables.ii" in result.stderr and "did you mean" in result.stderr


def test_mistakes_are_said_with_their_place(query, tmp_path):
    file = tmp_path / "broken.graphql"
    file.write_text("query A {\n  a(x: é)\n}\n")
    expected = f'honeydew: {file}:2:8: "é" does not belong into a document\n'
    assert outcome(query("--file", file)) == (2, "", expected)
    assert query("{ a", "--paginate").stderr.startswith("honeydew: document:1:4: expected a field or '}'")
    assert "standard input:1:1: there is no operation" in query("-", input="").stderr
    assert query("{ me { id } }", "--paginate").stderr.startswith("honeydew: document:1:1: the next page is asked for")
    assert "give one, or --file FILE" in query().stderr
    assert "leave out the other" in query("{ a }", "--file", file).stderr
    file.write_bytes(b"{ \xff }")
    assert "is no text in UTF-8" in query("--file", file).stderr
    assert query("--file", tmp_path / "nothing").returncode == 1
    failed = query("{ nobody }")
    assert failed.returncode == 1 and "Cannot query field" in failed.stderr and failed.stdout == ""


def test_pages_on_the_command_line(canned, cli_of):
    daemon, _ = canned(paged(PAGES))
    result = cli_of(daemon)("api", "query", ITEMS, "--paginate", "--json")
    assert json.loads(result.stdout) == shelf([1, 2, 3, 4, 5])["data"]
    result = cli_of(daemon)("submit", "api.query", f"query={ITEMS}", "variables:={}", "paginate=true", "--wait")
    assert json.loads(result.stdout) == shelf([1, 2, 3, 4, 5])["data"]


def test_a_mutation_that_is_cut_off_says_so_on_the_command_line(canned, cli_of):
    daemon, api = canned(lambda request: None)
    result = cli_of(daemon)("api", "query", "mutation M { x }")
    assert result.returncode == 1 and "NETWORK_ERROR" in result.stderr
    assert "may have been carried out" in result.stderr
    wait_until(lambda: api.count("M") == 1)


SOUND = [
    'query Q($a: [Int!]! = [1], $b: X @d(x: 1)) @d(x: {y: -1.5e3}) { a: b(c: $a, d: "s\\u00e9\\n", e: """b " \\""" k""") { ...F } }'
    " fragment F on T { id ... @skip(if: true) { y } }",
    "{ a(x: [1 2, {z: ENUM, w: null}]) # c }\n b }", "mutation M { x } subscription S { y }", "query A { a } { b ...{c} }",
]  # fmt: skip
PIECES = [
    *"{}()[]:$@!=|&.\"\\#\n\r, \t\ufeff\x0b\x00\u0085\u2028\u00e9_", "...", "..", '""', '"""', "\r\n", "a", "on", "query", "mutation",
    "fragment", "F", "0", "00", "-1", "1.", "1e3", "0x1", "true", '"a"', '"\\u{1F41D}"', '"\\x"', '"\\u12"', "type", "$a: Int", "{a}",
]  # fmt: skip


def broken(text, chance):
    """The text with one or two changes."""
    for _ in range(chance.randint(1, 2)):
        place = chance.randrange(len(text) + 1)
        rest = place if chance.random() < 0.6 else place + chance.randint(1, 3)
        text = text[:place] + (chance.choice(PIECES) if rest == place else "") + text[rest:]
    return text


def is_graphql(text):
    try:
        graphql.parse(text)
    except (graphql.GraphQLError, IndexError):  # the latter is a fault of graphql-core with an escape at the end
        return False
    return True


def test_what_is_taken_for_a_document_is_one_for_others_too(honeydew):
    """Else a mutation could pass for a query. No daemon is there: what is taken ends with 3, what is refused with 2."""
    chance = random.Random(16)
    documents = [broken(chance.choice(SOUND), chance) for _ in range(300)]
    with ThreadPoolExecutor(2) as threads:
        ends = list(threads.map(lambda text: honeydew("api", "query", "-", input=text).returncode, documents))
    assert set(ends) == {2, 3}
    taken = [text for text, end in zip(documents, ends, strict=True) if end == 3]
    assert len(taken) > 20
    assert [text for text in taken if not is_graphql(text)] == []
