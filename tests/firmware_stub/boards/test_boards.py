"""Whole sessions, through pyserial, on boards that run the real C: the emulated core and QEMU.

The detector is the stand-in of conftest; real ones are replayed in test_replay.py.
"""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
import serial
import serial.rfc2217

from tussis.data.input_error import InputError
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.firmware_stub.boards.board import BoardGone
from tussis.firmware_stub.boards.qemu_board import QemuBoard
from tussis.firmware_stub.boards.serial_board import SerialBoard
from tussis.firmware_stub.boards.virtual_serial import VirtualSerialBoard
from tussis.firmware_stub.protocol.framing import MessageReader, encode_message
from tussis.firmware_stub.protocol.link_error import LinkError
from tussis.firmware_stub.protocol.messages import Ack, Error, Refusal
from tussis.firmware_stub.replay.session_run import SessionTerms, run_session

TERMS = SessionTerms("gated")


@pytest.fixture(scope="module")
def virtual_elf(kit):
    sources = [*kit.SOURCES, kit.STUB / "tussis.c", kit.FIRMWARE / "ports/virtual/serial.c"]
    return find_arm_toolchain().build(
        sources, "elf", include=kit.INCLUDE, linker_script=kit.FIRMWARE / "ports/virtual/virtual.ld",
        defines={"TUSSIS_VIRTUAL_SERIAL": 1},
    )  # fmt: skip


@pytest.fixture(scope="module", params=["gcc", "zig"])
def qemu_elf(kit, request, tool):
    tool("qemu-system-arm")
    if request.param == "gcc":
        tool("arm-none-eabi-gcc")
    toolchain = find_arm_toolchain(request.param)
    port = kit.FIRMWARE / "ports/mps2-an505"
    return toolchain.build(
        [*kit.SOURCES, kit.STUB / "tussis.c", *sorted(port.glob("*.c"))], "elf",
        include=[*kit.INCLUDE, port], linker_script=port / "mps2-an505.ld",
    )  # fmt: skip


@pytest.fixture(scope="module")
def reference(protocol_library, kit):
    def run(samples):
        simulation = kit.Simulation(kit.CBoard(protocol_library))
        return results(simulation.run(kit.new_link(samples, simulation)))

    return run


def results(log):
    return (
        [event.payload()[2:] for event in log.events],
        sorted((s.path, s.window, s.margin) for s in log.stats),
        log.end.event_digest,
    )


class Damaged:
    """A board behind a bad link, in real time."""

    def __init__(self, board, faults):
        self.name, self._board, self._faults = board.name, board, faults
        self._began = time.monotonic()

    def _carry(self, data):
        return self._faults.carry(data, time.monotonic() - self._began)

    def read(self, wait_s):
        return self._carry(self._board.read(wait_s))

    def write(self, data):
        arrived = self._carry(data)
        while arrived:
            arrived = arrived[self._board.write(arrived) :]
        return len(data)

    def reopen(self):
        return self._board.reopen()

    def close(self):
        self._board.close()


@pytest.fixture
def opened():
    boards = []

    def open_board(url):
        boards.append(SerialBoard(url))
        return boards[-1]

    yield open_board
    for board in boards:
        board.close()


@pytest.fixture(params=["pty", "tcp:0"])
def virtual(request, virtual_elf):
    if request.param == "pty" and sys.platform == "win32":
        pytest.skip("no pseudo-terminals here")
    with VirtualSerialBoard(virtual_elf, request.param) as board:
        yield board


def test_emulated_core_gives_the_events_of_the_host(virtual, opened, kit, reference):
    board = opened(virtual.url)
    for decimated in (False, True):
        samples = kit.streams(3.0, decimated=decimated)
        outcome = run_session(board, samples, TERMS)
        assert results(outcome.log) == reference(samples)
        assert outcome.restarts == outcome.reconnections == 0
        assert outcome.log.welcome.clock_hz == 0
        assert all(s.cycles == 0 for s in outcome.log.stats)


def test_cycles_are_reported_on_request(virtual_elf, opened, kit, reference):
    samples = kit.streams(0.5)
    with VirtualSerialBoard(virtual_elf, "tcp:0", count_cycles=True) as virtual:
        outcome = run_session(opened(virtual.url), samples, TERMS)
    assert results(outcome.log) == reference(samples)
    spent = [s.cycles for s in outcome.log.stats]
    assert all(spent)
    assert sum(spent) <= outcome.log.end.cycles


def test_qemu_gives_the_events_of_the_host(qemu_elf, opened, kit, reference):
    samples = kit.streams(2.0, decimated=True)
    with QemuBoard(qemu_elf) as qemu:
        outcome = run_session(opened(qemu.url), samples, TERMS)
    assert results(outcome.log) == reference(samples)
    assert outcome.log.welcome.clock_hz == 20_000_000
    assert outcome.log.end.cycles > 0
    print(f"QEMU: {2.0 / outcome.elapsed_s:.1f} times real time")


def test_qemu_on_a_pty(qemu_elf, opened, kit, reference):
    samples = kit.streams(0.5, decimated=True)
    with QemuBoard(qemu_elf, "pty") as qemu:
        assert results(run_session(opened(qemu.url), samples, TERMS).log) == reference(samples)


@pytest.mark.parametrize(
    "fault", [{"flip": 0.01}, {"drop": 0.01}, {"cut": (0.1, 2.1)}], ids=lambda f: next(iter(f))
)
def test_bad_links_in_real_time(virtual, opened, kit, reference, fault):
    samples = kit.streams(2.0, decimated=True)
    outcome = run_session(Damaged(opened(virtual.url), kit.Faults(seed=3, **fault)), samples, TERMS)
    assert results(outcome.log) == reference(samples)
    assert outcome.restarts == 0


def test_reset_in_mid_session_starts_it_again(virtual, opened, kit, reference):
    samples = kit.streams(3.0)
    heard = []

    def press_once(event):
        heard.append(event)
        if len(heard) == 2:
            virtual.reset()

    outcome = run_session(opened(virtual.url), samples, TERMS, on_event=press_once)
    assert outcome.restarts == 1
    assert results(outcome.log) == reference(samples)
    assert len(heard) > len(outcome.log.events)


def test_board_that_resets_for_ever_is_an_error(virtual, opened, kit):
    board = opened(virtual.url)
    with pytest.raises(LinkError, match="reset"):
        run_session(
            board, kit.streams(3.0), SessionTerms("gated", restarts=1), on_event=lambda _: virtual.reset()
        )


def test_broken_connection_is_made_again(virtual_elf, opened, kit, reference):
    samples = kit.streams(3.0)
    with VirtualSerialBoard(virtual_elf, "tcp:0") as virtual:
        heard = []

        def pull_the_plug(event):
            heard.append(event)
            if len(heard) == 2:
                virtual._endpoint._hang_up()

        outcome = run_session(opened(virtual.url), samples, TERMS, on_event=pull_the_plug)
    assert outcome.reconnections == 1
    assert outcome.restarts == 0
    assert results(outcome.log) == reference(samples)


def test_board_that_dies_is_given_up_within_five_seconds(virtual_elf, opened, kit):
    died = []
    with VirtualSerialBoard(virtual_elf, "tcp:0") as virtual:

        def die(event):
            died.append(time.monotonic())
            virtual.close()

        board = opened(virtual.url)
        with pytest.raises(LinkError, match="is lost"):
            run_session(board, kit.streams(3.0), TERMS, on_event=die)
    assert died
    assert time.monotonic() - died[0] < 5.5


HOST = """
    import importlib.util, sys
    spec = importlib.util.spec_from_file_location("kit", {conftest!r})
    kit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kit)
    from tussis.firmware_stub.boards.serial_board import SerialBoard
    from tussis.firmware_stub.replay.session_run import SessionTerms, run_session
    board = SerialBoard({url!r})
    terms = SessionTerms("gated", speed=2.0)
    run_session(board, kit.streams(30.0), terms, on_event=lambda e: print("event", flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_host_killed_and_started_again(virtual, opened, kit, reference, number):
    code = textwrap.dedent(HOST.format(conftest=str(Path(kit.HERE) / "conftest.py"), url=virtual.url))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as host:
        assert host.stdout.readline() == b"event\n"
        host.send_signal(number)
    board = opened(virtual.url)
    if number == signal.SIGINT:  # Ctrl-C must leave the board clean
        time.sleep(0.2)
        board.read(0.0)
        board.write(encode_message(Ack(), 1, 1))
        said = b""
        while b"\0" not in said:
            said += board.read(2.0)
        answers = [received.message for received in MessageReader().feed(said)]
        assert answers == [Error(Refusal.NO_SESSION)]
    samples = kit.streams(2.0)
    assert results(run_session(board, samples, TERMS).log) == reference(samples)


class Rfc2217Server(threading.Thread):
    """pyserial's RFC 2217 redirector in front of a serial port."""

    def __init__(self, device):
        super().__init__(daemon=True)
        self.serial = serial.serial_for_url(device, timeout=0.01)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self.listener.getsockname()[1]}"
        self.alive = True

    def run(self):
        self.connection, _ = self.listener.accept()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        manager = serial.rfc2217.PortManager(self.serial, self)
        threading.Thread(target=self.to_host, args=(manager,), daemon=True).start()
        while self.alive:
            data = self.connection.recv(4096)
            if not data:
                break
            self.serial.write(b"".join(manager.filter(data)))
        self.alive = False

    def write(self, data):
        self.connection.sendall(data)

    def to_host(self, manager):
        while self.alive:
            if data := self.serial.read(512):
                self.write(b"".join(manager.escape(data)))


def test_rfc2217(virtual_elf, opened, kit, reference):
    samples = kit.streams(1.0, decimated=True)
    with VirtualSerialBoard(virtual_elf, "tcp:0") as virtual:
        server = Rfc2217Server(virtual.url)
        server.start()
        board = opened(server.url)
        assert board._descriptor is None  # nothing to select on: the polling path
        assert results(run_session(board, samples, TERMS).log) == reference(samples)
        board.close()
        server.join(5.0)
        server.serial.close()


def test_pacing(virtual, opened, kit, reference):
    samples = kit.streams(1.0)
    outcome = run_session(opened(virtual.url), samples, SessionTerms("gated", speed=2.0))
    assert results(outcome.log) == reference(samples)
    assert outcome.elapsed_s >= 0.5


def test_a_port_that_is_none(tmp_path):
    for url in (str(tmp_path / "ttyACM0"), "socket://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(InputError, match=r"--port: .* cannot be opened: .+; is the board connected"):
            SerialBoard(url)
    with pytest.raises(InputError, match="use pty, or tcp:N"):
        VirtualSerialBoard(object(), "udp:5")
    for number in (1, 5555):
        with pytest.raises(InputError, match=f"write socket://localhost:{number}"):
            SerialBoard(f"tcp:{number}")


def test_why_a_port_cannot_be_opened_is_said_once(tmp_path):
    cases = {
        str(tmp_path / "ttyACM0"): "No such file or directory",
        "socket://127.0.0.1:1": "Connection refused",
        str(tmp_path): "Is a directory",
    }
    for url, reason in cases.items():
        with pytest.raises(InputError) as refused:
            SerialBoard(url)
        assert str(refused.value).startswith(f"--port: {url} cannot be opened: {reason}; is the board")


def test_a_port_that_was_closed(virtual_elf):
    with VirtualSerialBoard(virtual_elf, "tcp:0") as virtual:
        board = SerialBoard(virtual.url)
        board.close()
        with pytest.raises(BoardGone):
            board.read(0.0)
        with pytest.raises(BoardGone):
            board.write(b"x")
        assert board.reopen()
        board.close()


class TestNoProcessIsLeft:
    def test_after_the_block(self, qemu_elf):
        with QemuBoard(qemu_elf) as qemu:
            assert qemu._process.poll() is None
        assert qemu._process.poll() is not None

    @pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent death signal is Linux's")
    def test_after_the_death_of_whoever_started_it(self, qemu_elf):
        code = (
            "from pathlib import Path; from tussis.firmware_stub.boards.qemu_board import QemuBoard; "
            "import time\n"
            f"q = QemuBoard(Path({str(qemu_elf)!r})); print(q._process.pid, flush=True); time.sleep(60)"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
            pid = int(parent.stdout.readline())
            parent.kill()
        deadline = time.monotonic() + 5.0
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            if "Z" in Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]:
                break
            time.sleep(0.02)
        else:
            assert not Path(f"/proc/{pid}").exists()

    def test_qemu_that_does_not_start_says_why(self, tmp_path, tool):
        tool("qemu-system-arm")
        broken = tmp_path / "broken.elf"
        broken.write_bytes(b"\x7fELF nonsense")
        with pytest.raises(InputError, match=r"qemu-system-arm: ended with code .*(Lockup|broken.elf)"):
            QemuBoard(broken, "pty").wait()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(InputError, match=f"--port: tcp:{port} cannot be opened"):
                QemuBoard(broken, f"tcp:{port}")


@pytest.mark.slow
def test_emulated_core_is_fast_enough(virtual, opened, kit):
    """Five times real time including the protocol, issue 3."""
    outcome = run_session(opened(virtual.url), kit.streams(20.0, decimated=True), TERMS)
    assert 20.0 / outcome.elapsed_s > 5.0


@pytest.mark.slow
def test_qemu_is_fast_enough(qemu_elf, opened, kit):
    """Twice real time including the protocol, issue 3."""
    with QemuBoard(qemu_elf) as qemu:
        outcome = run_session(opened(qemu.url), kit.streams(20.0, decimated=True), TERMS)
    assert 20.0 / outcome.elapsed_s > 2.0


@pytest.mark.parametrize(
    "url",
    [
        "socket://localhost", "socket://localhost:", "socket://:5000", "socket://", "socket://h:x",
        "socket://h:0", "socket://h:70000", "socket://[::1", "rfc2217://host", "rfc2217://:1", "SOCKET://h",
    ],
)  # fmt: skip
def test_an_address_without_host_or_number_asks_for_it(url: str) -> None:
    with pytest.raises(InputError, match="lacks the host or the port's number") as caught:
        SerialBoard(url)
    assert "NoneType" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="Windows claims every port by itself")
def test_a_port_has_one_host_at_a_time() -> None:
    _, inner = os.openpty()
    device = os.ttyname(inner)
    first = SerialBoard(device)
    with pytest.raises(InputError, match="in use by another program"):
        SerialBoard(device)
    first.close()
    second = SerialBoard(device)  # the claim ends with the one who made it
    assert not SerialBoard.reopen(first)
    second.close()
    assert first.reopen()
    first.close()
