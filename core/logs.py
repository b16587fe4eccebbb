"""One way to log: structured lines on stderr, without personal data, with the time in UTC."""

import logging
import sys

import structlog


def configure(*, is_verbose: bool = False, is_quiet: bool = False) -> None:
    """Set up logging for a command: readable on a terminal, JSON lines elsewhere. Quiet: warnings and worse only."""
    level = logging.WARNING if is_quiet else (logging.DEBUG if is_verbose else logging.INFO)
    lines = structlog.processors.JSONRenderer(ensure_ascii=False)
    shape: structlog.types.Processor = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else lines
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            shape,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
