"""An interpreter that has its libraries already: a server that forks one child for each app, and the client that stands
where `python` is expected.

Server: ``warm.py serve SOCKET``. Client: ``warm.py SOCKET SCRIPT``, with the environment, directory and streams that
the child shall have; it ends as the child ends, and the child ends when it is gone.
"""

from __future__ import annotations

import array
import json
import os
import socket
import sys
import threading


def serve(path: str) -> None:
    """Import what apps need, then fork a child for each client, until the starter's pipe ends."""
    import boto3
    import boto3.dynamodb.conditions
    import botocore.httpsession  # noqa: F401
    import flask  # noqa: F401
    import werkzeug.serving  # noqa: F401

    # The model of the service is what takes long at the first use.
    boto3.Session(region_name="us-east-1").resource("dynamodb", aws_access_key_id="x", aws_secret_access_key="x")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(64)
    threading.Thread(target=_end_with_starter, daemon=True).start()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_child_of, args=(connection, listener), daemon=True).start()


def _end_with_starter() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _child_of(connection: socket.socket, listener: socket.socket) -> None:
    text, streams = _receive(connection)
    asked = json.loads(text)
    child = os.fork()
    if child == 0:
        listener.close()
        _become(connection, asked, streams)
    for stream in streams:
        os.close(stream)
    _, status = os.waitpid(child, 0)
    try:
        connection.sendall(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))
    except OSError:
        pass
    connection.close()


def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    fds = array.array("i")
    text, ancillary, _, _ = connection.recvmsg(1 << 20, socket.CMSG_SPACE(3 * fds.itemsize))
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data)
    while not text.endswith(b"\n"):
        text += connection.recv(1 << 20)
    return text, list(fds)


def _become(connection: socket.socket, asked: dict, streams: list[int]) -> None:
    import runpy

    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["directory"])
        # The server's own streams may be files; the child's are pipes.
        sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
        sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
        sys.argv[:] = asked["arguments"]
        sys.path.insert(0, os.path.dirname(sys.argv[0]))

        def end_with_client() -> None:
            connection.recv(1)
            os._exit(1)

        threading.Thread(target=end_with_client, daemon=True).start()
        runpy.run_path(sys.argv[0], run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - the child must not go on as a server
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def ask(path: str, arguments: list[str]) -> int:
    """Hand our streams, environment and directory to a child and wait for its end."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    asked = {"arguments": arguments, "environment": dict(os.environ), "directory": os.getcwd()}
    fds = array.array("i", [0, 1, 2])
    connection.sendmsg([json.dumps(asked).encode() + b"\n"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
    for stream in (0, 1, 2):
        os.close(stream)
    status = connection.recv(1)
    return status[0] if status else 1


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        os._exit(ask(sys.argv[1], sys.argv[2:]))
