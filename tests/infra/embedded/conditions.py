"""What a test asks of a process."""

import psutil


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended. A zombie has: whoever adopted it did not look yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
