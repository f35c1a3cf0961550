"""Waiting without a worker: what the triggerer watches for us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TaskSuccessEvent, TriggerEvent

from kabar.orchestration.connections import warehouse_url_async
from kabar.posting.approval import PackageStanding, Standing
from kabar.settings import Settings
from kabar.store import decisions
from kabar.store.notices import watch


class ApprovalTrigger(BaseTrigger):
    """Ends the sensor's task when a wave is decided or its time has come, without starting a worker."""

    def __init__(self, *, package_id: int, wave: str, poll_seconds: float) -> None:
        super().__init__()
        self.package_id = package_id
        self.wave = wave
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What the triggerer needs to make this again."""
        arguments = {"package_id": self.package_id, "wave": self.wave, "poll_seconds": self.poll_seconds}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    def _seconds(self, standing: Standing) -> float:
        if standing.publish_at is None:
            return 0.0
        return min(self.poll_seconds, max((standing.publish_at - standing.now).total_seconds(), 0.05))

    def _is_over(self, standing: Standing) -> bool:
        return is_over(standing)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield once, when nothing of the wave waits any more or its publishing time is here."""
        async for standing in watch(
            await warehouse_url_async(),
            self.package_id,
            lambda connection: decisions.wave_standing(connection, self.package_id, self.wave),
            wait_seconds=self._seconds,
        ):
            if self._is_over(standing):
                yield TaskSuccessEvent(xcoms={"return_value": {"waiting": standing.waiting}})
                return


class WaveTimeTrigger(ApprovalTrigger):
    """Ends the sensor's task at a wave's publishing time, also when an amended calendar has moved it."""

    def _is_over(self, standing: Standing) -> bool:
        return has_come(standing)


class LateTrigger(BaseTrigger):
    """Wakes the late round of a wave when something of it is due, decided or past its time."""

    def __init__(self, *, package_id: int, wave: str, poll_seconds: float) -> None:
        super().__init__()
        self.package_id = package_id
        self.wave = wave
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What the triggerer needs to make this again."""
        arguments = {"package_id": self.package_id, "wave": self.wave, "poll_seconds": self.poll_seconds}
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    def _seconds(self, standing: PackageStanding) -> float:
        moments = [moment for moment in (standing.next_at, standing.next_expiry_at) if moment is not None]
        left = min(((moment - standing.now).total_seconds() for moment in moments), default=self.poll_seconds)
        return min(self.poll_seconds, max(left, 0.05))

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield once, when there is something to do."""
        gap_seconds = Settings.from_environment().pace.account_gap_seconds
        async for standing in watch(
            await warehouse_url_async(),
            self.package_id,
            lambda connection: decisions.package_standing(
                connection, self.package_id, wave=self.wave, account_gap_seconds=gap_seconds
            ),
            wait_seconds=self._seconds,
        ):
            has_expired = standing.next_expiry_at is not None and standing.next_expiry_at <= standing.now
            if standing.due or has_expired or not standing.open:
                yield TriggerEvent({"due": standing.due, "open": standing.open})
                return


def has_come(standing: Standing) -> bool:
    """Whether a wave's publishing time is here; a wave without drafts has nothing to wait for."""
    return standing.publish_at is None or standing.publish_at <= standing.now


def is_over(standing: Standing) -> bool:
    """Whether the approval of a wave need not be waited for any longer."""
    return standing.waiting == 0 or has_come(standing)
