"""The only reader of the clock. Instants are UTC with a zone; people see Asia/Shanghai."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This instant, in UTC, with its zone."""
    return datetime.now(UTC)


def today() -> date:
    """The date on the wall in Shanghai."""
    return now().astimezone(SHANGHAI).date()


def day_of(at: datetime) -> date:
    """The Shanghai date of an instant. Raises ValueError for an instant without a zone."""
    return aware(at).astimezone(SHANGHAI).date()


def aware(at: datetime) -> datetime:
    """The same instant, after making sure it has a zone. Raises ValueError if not."""
    if at.tzinfo is None:
        raise ValueError(f"an instant without a zone: {at}")
    return at


def say(at: datetime, locale: str = "zh_CN") -> str:
    """An instant as people in Shanghai read it: 2026年11月25日 14:05, or 25 Nov 2026 14:05."""
    local = aware(at).astimezone(SHANGHAI)
    if locale.startswith("zh"):
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
    return f"{local.day} {local:%b %Y %H:%M}"
