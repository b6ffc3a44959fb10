"""Which process is which: a process id alone is used again, together with its start time it is not.

Knows the operating system. Knows nothing of jobs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path


@cache
def own_process() -> tuple[int, str]:
    """(process id, start mark) of this process."""
    pid = os.getpid()
    return pid, start_mark(pid) or ""


def is_running(pid: int, mark: str) -> bool:
    """Whether the very process that once had this id and start mark still runs."""
    return pid > 0 and start_mark(pid) == mark


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _QUERY_LIMITED_INFORMATION = 0x1000
    _STILL_ACTIVE = 259

    def start_mark(pid: int) -> str | None:
        """When a process was created, as text to compare; None if no such process runs."""
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.OpenProcess.restype = wintypes.HANDLE
        handle = kernel32.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid)
        if not handle:
            return None
        try:
            exit_code = wintypes.DWORD()
            created, ended, kernel, user = (wintypes.FILETIME() for _ in range(4))
            kernel32.GetExitCodeProcess(wintypes.HANDLE(handle), ctypes.byref(exit_code))
            kernel32.GetProcessTimes(
                wintypes.HANDLE(handle), *(ctypes.byref(moment) for moment in (created, ended, kernel, user))
            )
        finally:
            kernel32.CloseHandle(wintypes.HANDLE(handle))
        if exit_code.value != _STILL_ACTIVE:
            return None
        return str(created.dwHighDateTime << 32 | created.dwLowDateTime)

elif sys.platform == "linux":

    def start_mark(pid: int) -> str | None:
        """Clock ticks between boot and a process's start, with the boot's id, as text; None if no such process runs.

        Source: proc(5), /proc/PID/stat fields 3 (state) and 22 (starttime); the command in field 2 may hold anything.
        """
        try:
            fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            return None
        if fields[0] in "ZX":  # killed, not yet waited for by its parent
            return None
        return f"{fields[19]} {_boot_id()}"

    @cache
    def _boot_id() -> str:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()

else:

    def start_mark(pid: int) -> str | None:
        """When a process was started, as `ps` says it; None if no such process runs."""
        answer = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}
        )
        return answer.stdout.strip() or None
