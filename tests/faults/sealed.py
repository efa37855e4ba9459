"""Run a command with no network but loopback, and one folder that can be written: `sealed.py FOLDER COMMAND ...`.

It runs in namespaces of its own for mounts and network (`unshare --mount --net`), in which it seals all else off.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_SET_FLAGS, _UP = 0x8914, 0x1  # SIOCSIFFLAGS, IFF_UP


def seal(folder: str) -> None:
    """Switch loopback on, and make every mount but `folder` read-only."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    lines = Path("/proc/self/mounts").read_text().splitlines()
    places = [line.split()[1].replace("\\040", " ") for line in lines]
    for place in places:
        if Path(place).resolve() != Path(folder).resolve():
            subprocess.run(["mount", "-o", "remount,bind,ro", place], capture_output=True, check=False)


if __name__ == "__main__":
    seal(sys.argv[1])
    os.execv(sys.argv[2], sys.argv[2:])
