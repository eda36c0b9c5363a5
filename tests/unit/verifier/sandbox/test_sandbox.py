"""The sandbox from outside: chores are done, bad ones are ended, and nothing of it outlives us."""

import asyncio
import io
import json
import os
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped] # it has no stubs of its own
import pytest
import qrcode
from PIL import Image

from tests.unit.verifier.carriers.pictures import SIGNATURE, chunk, png
from verifier.sandbox import LARGEST, Chore, Done, Sandbox, Undone, process, shared, worker
from verifier.sandbox.process import Failed, Process

LINK = "https://issuer.example/c/demo.abc/verify"
QUAD = b'_:b <urn:says> "c" .\n'


@pytest.fixture
def box() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def code_of(text: str) -> bytes:
    out = io.BytesIO()
    qrcode.make(text).save(out)
    return out.getvalue()


def undone(answer: Done | Undone) -> str:
    assert isinstance(answer, Undone)
    assert answer.detail.endswith(".")
    return answer.code


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


async def test_both_kinds_of_chores(box: Sandbox) -> None:
    found = await box.run(Chore("picture", code_of(LINK)))
    assert isinstance(found, Done)
    assert json.loads(found.data) == [LINK]
    assert await box.run(Chore("graph", QUAD)) == Done(b'_:c14n0 <urn:says> "c" .\n')
    assert box.wait(Chore("graph", b"")) == Done(b"")


def test_nothing_is_started_before_it_is_needed_and_one_process_stays_warm(box: Sandbox) -> None:
    before = children()
    assert isinstance(Sandbox(), Sandbox)
    assert children() == before
    box.wait(Chore("graph", QUAD))
    started = children() - before
    assert len(started) == 1
    box.wait(Chore("graph", QUAD))
    assert children() - before == started
    box.close()
    assert children() == before


async def test_what_cannot_be_done_is_told(box: Sandbox) -> None:
    assert undone(await box.run(Chore("picture", b"no picture"))) == "picture.unreadable"
    assert undone(await box.run(Chore("graph", b"no graph"))) == "graph.malformed"
    for kind in LARGEST:
        assert undone(await box.run(Chore(kind, bytes(LARGEST[kind] + 1)))) == "sandbox.too_large"


def test_a_picture_is_judged_by_its_header(box: Sandbox) -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < 200_000
    assert undone(box.wait(Chore("picture", out.getvalue()))) == "picture.too_large"


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("JPEG", "RGB"), ("GIF", "L")])
def test_twelve_million_pixels_are_within_the_budget(box: Sandbox, kind: str, mode: str) -> None:
    scene = Image.new(mode, (4000, 3000), "white")
    scene.paste(Image.open(io.BytesIO(code_of(LINK))).convert(mode), (1500, 1500))
    out = io.BytesIO()
    scene.save(out, kind)
    answer = box.wait(Chore("picture", out.getvalue()))
    assert isinstance(answer, Done), answer
    assert json.loads(answer.data) == [LINK]


def test_a_picture_that_needs_more_memory_than_there_is(box: Sandbox) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4000, 4000)).save(out, "PNG")
    assert undone(box.wait(Chore("picture", out.getvalue()))) == "sandbox.memory"
    assert isinstance(box.wait(Chore("picture", code_of(LINK))), Done)


def scans() -> bytes:
    """A photograph of 16 million pixels whose last scan comes 100,000 times (a progressive JPEG)."""
    out = io.BytesIO()
    Image.new("L", (4000, 4000), "gray").save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * 100_000 + whole[-2:]


def frames() -> bytes:
    """A GIF picture of 60,000 x 60,000 pixels, in 30 bytes."""
    return (
        b"GIF89a"
        + (60_000).to_bytes(2, "little") * 2
        + b"\x80\0\0"
        + bytes(6)
        + b"\x2c"
        + bytes(9)
        + b"\2\0;"
    )


BOMBS = {
    "pixels": (png(width=20_000, height=20_000), "picture.too_large"),
    "frames": (frames(), "picture.too_large"),
    "scans": (scans(), "sandbox.time"),
    "rows": (png(chunk(b"IDAT", zlib.compress(bytes(1 << 26))), width=8), ""),
    "text": (png(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 26)))), "picture.unreadable"),
    "texts": (png(*[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 20)))] * 99), "picture.unreadable"),
    "profile": (png(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 26)))), "picture.unreadable"),
    "header": (SIGNATURE + chunk(b"IHDR", png()[16:29], 1) + png()[33:], "picture.unreadable"),
    "pixels' checksum": (png()[:43] + b"\0" + png()[44:], "picture.unreadable"),
    "cut off": (code_of(LINK)[:-60], "picture.unreadable"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_crafted_pictures(box: Sandbox, bomb: str) -> None:
    """Each within its budgets; where it is harmless after all, no code is found in it."""
    data, code = BOMBS[bomb]
    before = used_by_children()
    answer = box.wait(Chore("picture", data))
    assert answer == Done(b"[]") if not code else undone(answer) == code
    assert used_by_children() - before < worker.SECONDS["picture"] + 1
    assert isinstance(box.wait(Chore("picture", code_of(LINK))), Done)


def used_by_children() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["044", "045", "046"])
def test_hard_graphs_that_can_be_done(box: Sandbox, corpora: Path, name: str) -> None:
    folder = corpora / "rdf-canon" / "rdfc10"
    started = time.perf_counter()
    answer = box.wait(Chore("graph", (folder / f"test{name}-in.nq").read_bytes()))
    assert answer == Done((folder / f"test{name}-rdfc10.nq").read_bytes())
    assert time.perf_counter() - started < 1


@pytest.mark.corpora
def test_a_graph_that_nobody_can_canonicalise_is_ended(box: Sandbox, corpora: Path) -> None:
    hard = (corpora / "rdf-canon" / "rdfc10" / "test074-in.nq").read_bytes()
    box.wait(Chore("graph", QUAD))
    before, started = used_by_children(), time.perf_counter()
    assert undone(box.wait(Chore("graph", hard))) in {"sandbox.time", "sandbox.memory"}
    assert time.perf_counter() - started < process.SECONDS["graph"]
    assert used_by_children() - before < 1
    assert isinstance(box.wait(Chore("graph", QUAD)), Done)


def test_a_process_that_uses_up_its_time_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever it is busy with: here, one that does nothing but count, under a tenth of a second."""
    busy = tmp_path / "busy.py"
    busy.write_text(
        f"""
import resource, sys
sys.path.insert(0, {str(Path(worker.__file__).parent)!r})
import worker
def count(data):
    while True:
        pass
worker.serve(sys.stdin.buffer, sys.stdout.buffer, count, lambda: worker.allow(0.1, resource.setrlimit))
"""
    )
    monkeypatch.setattr(worker, "__file__", str(busy))
    asked = Process("graph")
    before = used_by_children()
    assert asked.ask(b"") == Failed("sandbox.time")
    # The kernel counts by its own ticks: .0998 s has been a tenth of a second.
    assert 0.095 <= used_by_children() - before < 1
    assert asked.pid is None


READ = "sys.stdin.buffer.read(1_000_004)"
WAYS = {
    "reads nothing": ("import time\ntime.sleep(60)", "sandbox.time"),
    "sleeps": (f"{READ}\nimport time\ntime.sleep(60)", "sandbox.time"),
    "ends": ("sys.exit(0)", "sandbox.failed"),
    "aborts": (f"{READ}\nimport os\nos.abort()", "sandbox.memory"),
    "says nothing it may": (f"{READ}\nsay(b'-sandbox.busy')", "sandbox.failed"),
    "says too much": (f"{READ}\nout.write(bytes([255] * 4))", "sandbox.failed"),
    "stops within a word": (f"{READ}\nout.write(bytes([0, 0, 0, 9]) + b'+')", "sandbox.failed"),
    "is empty": (f"{READ}\nsay(b'')", "sandbox.failed"),
}


@pytest.mark.parametrize("way", WAYS)
def test_processes_that_go_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str) -> None:
    program, code = WAYS[way]
    odd = tmp_path / "odd.py"
    odd.write_text(
        f"""
import sys
out = sys.stdout.buffer
def say(answer):
    out.write(len(answer).to_bytes(4, "big") + answer)
    out.flush()
say(b"+")
{program}
"""
    )
    monkeypatch.setattr(worker, "__file__", str(odd))
    asked = Process("picture", seconds=1)
    # More than a pipe holds: it must not be waited for that anybody reads it.
    assert asked.ask(bytes(1_000_000)) == Failed(code)
    assert asked.pid is None


def test_a_process_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(worker, "__file__", str(tmp_path / "missing.py"))
    assert Process("graph").ask(QUAD) == Failed("sandbox.failed")
    monkeypatch.setattr(sys, "executable", None)
    assert Process("graph").ask(QUAD) == Failed("sandbox.unavailable")


def test_a_process_that_somebody_ended_is_replaced() -> None:
    asked = Process("graph")
    assert asked.ask(QUAD) == b'_:c14n0 <urn:says> "c" .\n'
    first = psutil.Process(asked.pid)
    first.kill()
    first.wait()
    assert asked.ask(QUAD) == b'_:c14n0 <urn:says> "c" .\n'
    assert asked.pid not in {None, first.pid}
    asked.close()


def test_a_process_is_replaced_after_many_chores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "CHORES", 2)
    asked = Process("graph")
    seen = []
    for _ in range(4):
        asked.ask(QUAD)
        seen.append(asked.pid)
    assert seen[0] == seen[1] != seen[2] == seen[3]
    asked.close()


async def test_more_than_may_wait_is_refused_at_once() -> None:
    box = Sandbox(waiting=1)
    first = asyncio.create_task(box.run(Chore("picture", code_of(LINK))))
    await asyncio.sleep(0)
    assert undone(await box.run(Chore("picture", b""))) == "sandbox.busy"
    assert undone(await box.run(Chore("graph", b"?"))) == "graph.malformed"  # a line of its own
    assert isinstance(await first, Done)
    assert undone(await box.run(Chore("picture", b""))) == "picture.unreadable"
    box.close()


async def test_nothing_is_done_once_it_is_closed() -> None:
    box = Sandbox()
    under_way = [asyncio.create_task(box.run(Chore("graph", QUAD))) for _ in range(3)]
    await asyncio.sleep(0)
    box.close()
    for task in under_way:
        answer = await task
        assert isinstance(answer, Done) or answer.code in {"sandbox.unavailable", "sandbox.failed"}
    assert undone(await box.run(Chore("graph", QUAD))) == "sandbox.unavailable"
    for end in (Process.close, Process.kill):  # killed by one thread, another starts no new one
        asked = Process("graph")
        end(asked)
        assert asked.ask(QUAD) == Failed("sandbox.unavailable")
        asked.close()


def test_it_is_given_no_secrets_files_or_terminal(monkeypatch: pytest.MonkeyPatch, box: Sandbox) -> None:
    monkeypatch.setenv("ASSAY_PASSPHRASE", "secret")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/lib")
    before = children()
    assert isinstance(box.wait(Chore("graph", QUAD)), Done)
    (pid,) = children() - before
    worker_process = psutil.Process(pid)
    assert worker_process.environ() == {"LD_LIBRARY_PATH": "/lib"}
    assert worker_process.open_files() == []
    assert worker_process.cwd() == "/"
    assert os.getsid(pid) == pid
    limits = {name: worker_process.rlimit(getattr(psutil, f"RLIMIT_{name}")) for name in LIMITED}
    assert limits == dict.fromkeys(LIMITED, (0, 0))
    held = worker_process.rlimit(psutil.RLIMIT_AS)[1]
    assert 0 < held < worker_process.memory_info().vms + worker.MEMORY + 1


LIMITED = ("NOFILE", "NPROC", "FSIZE", "CORE")


def test_it_ends_with_us(tmp_path: Path) -> None:
    program = tmp_path / "ours.py"
    program.write_text(
        """
import os, sys
from verifier.sandbox import Chore, shared
assert shared() is shared()
shared().wait(Chore("graph", b""))
print(shared()._lines["graph"]._process.pid, flush=True)
if sys.argv[1] == "killed":
    os.kill(os.getpid(), 9)
"""
    )
    assert shared() is shared()
    for way in ("ends", "killed"):
        done = subprocess.run(
            [sys.executable, str(program), way], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.stderr == ""
        psutil.wait_procs(
            [psutil.Process(int(done.stdout))] if psutil.pid_exists(int(done.stdout)) else [], 10
        )
        assert not psutil.pid_exists(int(done.stdout)), way
