"""The configuration of the private cluster, fitted to the machine."""

import os
from pathlib import Path

from core.settings import settings

MIB = 1024 * 1024
SHARED_BUFFERS_MAX_MIB = 512  # the whole application must fit into 4 GiB
SHARED_BUFFERS_MIN_MIB = 128


def memory_mib() -> int:
    """Physical memory of the machine in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB


def configuration(sockets: Path, version: tuple[int, int]) -> str:
    """The text of wangge.conf: what differs from the defaults of PostgreSQL, and why."""
    del version
    memory = memory_mib()
    shared = max(SHARED_BUFFERS_MIN_MIB, min(SHARED_BUFFERS_MAX_MIB, memory // 16))
    cores = os.cpu_count() or 2
    lines = {
        "listen_addresses": "''",
        "port": "5432",
        "unix_socket_directories": f"'{sockets}'",
        "unix_socket_permissions": "0700",
        "max_connections": "80",
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(512, memory // 4)}MB",
        "work_mem": "16MB",
        "hash_mem_multiplier": "2",
        "maintenance_work_mem": "192MB",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "synchronous_commit": "on",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "100",
        "jit": "off",  # compiles longer than our queries run
        "max_worker_processes": str(max(4, cores)),
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(max(1, cores // 2)),
        "autovacuum_vacuum_scale_factor": "0.05",
        "autovacuum_analyze_scale_factor": "0.02",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "lc_messages": "'C'",
        "password_encryption": "'scram-sha-256'",
        # a log must hold no personal data: no statements, no parameters, no key values of a violated constraint
        "log_statement": "'none'",
        "log_min_error_statement": "'panic'",
        "log_error_verbosity": "'terse'",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "logging_collector": "on",
        "log_directory": "'log'",
        "log_filename": "'postgresql-%a.log'",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
    }
    if settings().is_test:
        lines |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "128MB"}
    return "".join(f"{name} = {value}\n" for name, value in lines.items())


def host_access() -> str:
    """pg_hba.conf: the socket only, always with a password."""
    return "local all all scram-sha-256\n"
