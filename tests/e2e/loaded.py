"""`assay` without the second that its start takes: a process that has it loaded forks for every call.

As `loaded.py SOCKET` it answers calls; as `loaded.py SOCKET call ARGUMENT…` it is one, and ends as it does.
A call has its caller's streams, folder and environment, so to whoever types it is the command itself.
"""

import json
import os
import signal
import socket
import sys


def answer(path: str) -> None:
    """Answer calls until killed; in the fork of a call, return once it is done."""
    from issuer.cli import cli, main  # noqa: PLC0415 - a call needs nothing of it
    from tests.architecture.test_documents import commands  # noqa: PLC0415 - it imports every command

    commands(cli)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                break
            connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    asked = json.loads(message)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["assay", *asked["arguments"]]
    try:
        main()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(bytes([end.code if isinstance(end.code, int) else 0]))
    connection.close()


def call(path: str, arguments: list[str]) -> int:
    """Have it done; returns its exit status."""
    asked = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109 - pathlib is slow to import
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [json.dumps(asked).encode()], [0, 1, 2])
        return connection.recv(1)[0]


if __name__ == "__main__":
    if sys.argv[2:3] == ["call"]:
        sys.exit(call(sys.argv[1], sys.argv[3:]))
    answer(sys.argv[1])
