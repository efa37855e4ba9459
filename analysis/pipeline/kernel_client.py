"""What Jupyter starts as a forked kernel: asks the server of fork_server.py for one, and lives as long as it does.

Imports next to nothing, so that it starts at once.
"""

import json
import os
import signal
import socket
import sys


def main(home: str, connection_file: str) -> int:
    request = {"connection_file": connection_file, "cwd": os.getcwd(), "environment": dict(os.environ)}
    os.chdir(home)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.connect("kernels")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda received, _: server.send(bytes([received])))
        server.sendall(json.dumps(request).encode() + b"\n")
        code = server.recv(1)
    return code[0] if code else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
