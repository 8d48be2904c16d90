"""Names the machine a benchmark ran on."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def name() -> str:
    """Processor, cores and Python, in one line."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}"
