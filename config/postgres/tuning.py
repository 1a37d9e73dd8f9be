"""The server's configuration, written anew at each start."""

import os
import shutil
from pathlib import Path

MB = 1024 * 1024


def configuration(*, socket: Path) -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "max_connections": 150,
        "shared_buffers": f"{min(1024, max(64, memory // 16 // MB))}MB",
        "effective_cache_size": f"{memory // 2 // MB}MB",
        "work_mem": "32MB",
        # The leader of a parallel plan works too: more processes than cores only make more parts to put together.
        "max_parallel_workers_per_gather": min(2, (os.cpu_count() or 1) - 1),
        "maintenance_work_mem": "128MB",
        "random_page_cost": 1.1,
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "off",
        "wal_level": "minimal",  # nobody replicates it
        "max_wal_senders": 0,
        "synchronous_commit": "on",
        "dynamic_shared_memory_type": _shared_memory(),
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A failing statement or its DETAIL would carry personal data into the log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    return "".join(f"{name} = '{value}'\n" for name, value in settings.items())


def _shared_memory() -> str:
    """Containers often have 64 MB of /dev/shm, too little for a parallel hash join."""
    shm = Path("/dev/shm")  # noqa: S108
    return "posix" if shm.is_dir() and shutil.disk_usage(shm).free > 512 * MB else "mmap"
