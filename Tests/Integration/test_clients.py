"""Clients of every kind, the ill-behaved too: the daemon answers what can be answered, and goes on."""

import contextlib
import re
import socket
import subprocess
import threading

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from honeydew_daemon import Daemon, pb, pb_grpc, wait_until
from turn_limit import assert_short_turns

METHODS = list(pb.DESCRIPTOR.services_by_name["Daemon"].methods)


def raw(daemon: Daemon) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(daemon.socket))
    client.settimeout(10)
    return client


def call(channel, method, request: bytes):
    """A unary call with bytes of our own."""
    return channel.unary_unary(f"/honeydew.Daemon/{method}")(request, timeout=10)


@pytest.fixture
def channel(daemon):
    with grpc.insecure_channel(f"unix:{daemon.socket}", options=[("grpc.max_send_message_length", -1)]) as channel:
        yield channel


@pytest.mark.parametrize("method", [m for m in METHODS if m.name != "Shutdown"], ids=lambda m: m.name)
def test_every_rpc_answers_an_empty_request_in_its_own_terms(daemon, method):
    stub = getattr(daemon.stub, method.name)
    request = getattr(pb, method.input_type.name)()
    try:
        answer = stub(request, timeout=10)
        _ = list(answer) if method.server_streaming else answer
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)
        assert len(error.details()) > 10
        details = dict(error.trailing_metadata())["grpc-status-details-bin"]
        assert b"honeydew" in details and b"google.rpc.ErrorInfo" in details


def test_shutdown_is_an_rpc(daemon):
    daemon.stub.Shutdown(pb.ShutdownRequest())
    assert daemon.process.wait(30) == 0


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_no_rpc_takes_bytes_that_are_no_message(daemon, channel, method):
    with pytest.raises(grpc.RpcError) as info:
        if method.server_streaming:
            list(channel.unary_stream(f"/honeydew.Daemon/{method.name}")(b"\xff\xff\xff", timeout=10))
        else:
            call(channel, method.name, b"\xff\xff\xff")
    assert info.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert b"MALFORMED_REQUEST" in dict(info.value.trailing_metadata())["grpc-status-details-bin"]
    assert daemon.stub.Ping(pb.PingRequest()).version


def test_an_oversized_message_is_refused_and_the_connection_goes_on(daemon, channel):
    with pytest.raises(grpc.RpcError) as info:
        call(channel, "SubmitJob", b"\0" * (5 << 20))
    assert info.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert call(channel, "Ping", b"")


def test_an_unknown_method_and_an_unknown_service_are_unimplemented(daemon, channel):
    for path in ("/honeydew.Daemon/Nothing", "/honeydew.Nothing/Ping", "/", "/a"):
        with pytest.raises(grpc.RpcError) as info:
            channel.unary_unary(path)(b"", timeout=10)
        assert info.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_http_1_gets_an_answer_in_its_own_language(daemon):
    with raw(daemon) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = client.recv(4096)
        while chunk := client.recv(4096):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 ") and b"gRPC" in answer
    assert daemon.stub.Ping(pb.PingRequest()).version


@pytest.mark.parametrize("garbage", [b"\0" * 1000, b"\xff" * 70000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x7f" * 100])
def test_garbage_ends_its_own_connection_only(daemon, garbage):
    with raw(daemon) as client:
        client.sendall(garbage)
        with pytest.raises((ConnectionResetError, BrokenPipeError, StopIteration)):
            while client.recv(65536):
                pass
            raise StopIteration
    assert daemon.stub.Ping(pb.PingRequest()).version


def test_a_client_that_never_reads_is_not_kept(daemon):
    before = len(list((daemon.proc / "fd").iterdir()))
    with raw(daemon) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
        with contextlib.suppress(OSError):
            # Pings, whose answers nobody reads.
            while True:
                client.sendall(b"\0\0\x08\6\0\0\0\0\0honeydew" * 1000)
        wait_until(lambda: len(list((daemon.proc / "fd").iterdir())) == before)
    assert_short_turns(daemon)


def test_clients_that_say_nothing_or_half_a_word_are_not_kept(daemon):
    def descriptors():
        return len(list((daemon.proc / "fd").iterdir()))

    before = descriptors()
    with raw(daemon), raw(daemon) as stammering:
        stammering.sendall(b"PRI * HT")
        wait_until(lambda: descriptors() == before + 2)
        wait_until(lambda: descriptors() == before, 20, "the end of the connections")


def test_a_client_that_leaves_while_it_waits_is_forgotten(daemon):
    job_id = daemon.submit("diag.sleep", {"ms": 1500})
    streams = [daemon.stub.WaitJobs(pb.WaitJobsRequest(job_ids=[job_id])) for _ in range(20)]
    for stream in streams[1:]:
        stream.cancel()
    assert [status.status for status in streams[0]] == ["completed"]


def test_ten_thousand_connections_in_turn_leave_no_descriptor(daemon):
    def descriptors():
        return len(list((daemon.proc / "fd").iterdir()))

    daemon.stub.Ping(pb.PingRequest())
    before = descriptors()
    for index in range(10_000):
        with raw(daemon) as client:
            if index % 3:
                client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[: index % 24])
    wait_until(lambda: descriptors() == before)
    assert_short_turns(daemon)


def test_a_slow_reader_holds_up_nobody_but_itself(daemon):
    job_id = daemon.submit("diag.noop", {"bytes": 20_000_000})
    daemon.wait_one(job_id)
    before = daemon.resident_bytes()
    streams = [daemon.stub.ReadJobResult(pb.ReadJobResultRequest(job_id=job_id)) for _ in range(10)]
    for stream in streams:
        next(stream)
    assert daemon.wait_one(daemon.submit("diag.noop")).status == "completed"
    assert daemon.resident_bytes() - before < 20 << 20
    assert sum(len(part.chunk) for part in streams[0]) > 19_900_000


def test_reflection_describes_the_service(daemon, channel):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    requests = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="honeydew.Daemon"),
    ]
    services, file = list(stub.ServerReflectionInfo(iter(requests), timeout=10))
    names = [service.name for service in services.list_services_response.service]
    assert {"honeydew.Daemon", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"} <= set(names)
    described = descriptor_pb2.FileDescriptorProto.FromString(file.file_descriptor_response.file_descriptor_proto[0])
    expected = descriptor_pb2.FileDescriptorProto()
    pb.DESCRIPTOR.CopyToProto(expected)
    # The option of a method that is for our code generator is not published, nor what declares it.
    for method in expected.service[0].method:
        method.ClearField("options")
    assert described.service == expected.service
    assert (list(described.dependency), list(described.extension)) == ([], [])
    assert [message.name for message in described.message_type] == [m.name for m in expected.message_type]


def test_health_follows_the_drain(daemon, channel):
    health = health_pb2_grpc.HealthStub(channel)
    request = health_pb2.HealthCheckRequest(service="honeydew.Daemon")
    watch = health.Watch(request)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    job_id = daemon.submit("diag.sleep", {"ms": 1500})
    daemon.wait_running(job_id)
    daemon.process.terminate()
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
    with pytest.raises(grpc.RpcError) as info:
        daemon.submit("diag.noop")
    assert info.value.code() == grpc.StatusCode.UNAVAILABLE and "shutting down" in info.value.details()
    # Reading goes on until the drain ends.
    assert daemon.job(job_id).status == "running"
    assert daemon.process.wait(30) == 0


def test_deadlines_of_calls_are_kept(daemon):
    job_id = daemon.submit("diag.sleep", {"ms": 3000})
    with pytest.raises(grpc.RpcError) as info:
        daemon.wait_one(job_id, timeout=0.3)
    assert info.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_eight_clients_submit_at_once(daemon):
    ids = []

    def submit():
        with grpc.insecure_channel(f"unix:{daemon.socket}", [("grpc.use_local_subchannel_pool", 1)]) as own:
            submit = own.unary_unary(
                "/honeydew.Daemon/SubmitJob",
                pb.SubmitJobRequest.SerializeToString,
                pb.SubmitJobResponse.FromString,
            )
            for _ in range(50):
                ids.append(submit(pb.SubmitJobRequest(command="diag.noop"), timeout=10).job_id)

    threads = [threading.Thread(target=submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 400
    assert {status.status for status in daemon.wait(*ids).values()} == {"completed"}
    assert_short_turns(daemon)


def test_load_by_h2load(daemon, tmp_path):
    body = tmp_path / "ping"
    body.write_bytes(b"\0\0\0\0\0")
    command = ["h2load", "-B", f"unix:{daemon.socket}", "-n", "20000", "-c", "20", "-m", "50", "-d", str(body)]
    command += ["-H", "content-type: application/grpc", "-H", "te: trailers", "http://localhost/honeydew.Daemon/Ping"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "20000 succeeded, 0 failed, 0 errored" in output, output
    assert_short_turns(daemon)
    assert daemon.stub.Ping(pb.PingRequest()).version


def test_a_client_that_reads_much_gets_no_more_than_its_share_of_a_turn(make_daemon, tmp_path):
    daemon = make_daemon()
    trace = tmp_path / "trace"
    daemon.process = subprocess.Popen(["strace", "-qq", "-e", "trace=sendto,epoll_pwait2", "-o", trace,
                                       daemon.binary, "--home", daemon.home], stderr=subprocess.PIPE)
    wait_until(daemon._answers, 60, what="the daemon")
    job_id = daemon.submit("diag.noop", {"bytes": 4 << 20})
    daemon.wait(job_id)
    options = [("grpc.http2.lookahead_bytes", 16 << 20), ("grpc.http2.bdp_probe", 0)]
    with grpc.insecure_channel(f"unix:{daemon.socket}", options=options) as channel:
        chunks = pb_grpc.DaemonStub(channel).ReadJobResult(pb.ReadJobResultRequest(job_id=job_id), timeout=60)
        assert sum(len(chunk.chunk) for chunk in chunks) == 4 << 20
    daemon.stub.Shutdown(pb.ShutdownRequest())
    daemon.process.wait(60)
    turns = [0]
    for line in trace.read_text().splitlines():
        if line.startswith("epoll_pwait2"):
            turns.append(0)
        elif match := re.search(r"^sendto.* = (\d+)$", line):
            turns[-1] += int(match[1])
    assert sum(turns) > 4 << 20
    # Beside it another connection may have a short answer.
    assert 64 << 10 < max(turns) <= (128 << 10) + 1024
