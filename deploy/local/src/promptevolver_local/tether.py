"""Become another program, tied to the life of the supervisor.

Runs as `python tether.py PARENT_PID DEATH_SIGNAL UID GID COMMAND …` and imports nothing of this
project, so that it starts in milliseconds. On Linux the kernel sends DEATH_SIGNAL to the command
when the supervisor dies, even by force; elsewhere the next start of the stack finds what was left.
A UID of -1 keeps the user. The user is changed before the tie, because the kernel drops it then.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, death_signal, uid, gid = (int(value) for value in arguments[:4])
    command = arguments[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died before the tie was made
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - becoming the given program is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
