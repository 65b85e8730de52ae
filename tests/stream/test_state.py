"""The state of an owned partition: what is read back, what is repaired, and when its owner must stop."""

from collections.abc import Awaitable
from typing import TypeVar

import msgspec
import pytest
from structlog.testing import capture_logs

from monitor.core.partition import Marker, Plan
from monitor.errors import ChangelogError, Deposed
from monitor.stream.changelog import CLAIM_KEY, MARKER_KEY, NOBODY, Entry, Replica, judge_landing, name_writer
from monitor.stream.state import OwnedPartition, to_entry
from tests.stream.log import Log, LogOutlet, LogReader, Written
