"""How strict, slow and generous the stand-in is; kept in the state, changed under `/_sandbox/settings`."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from kabar.frozen import Frozen


class Revision(Frozen):
    """A restatement of insights: figures of the matching Page, metric and Los Angeles day times `factor`."""

    factor: float = Field(ge=0)
    page_id: str | None = None
    metric: str | None = None
    on: date | None = None

    def concerns(self, page_id: str, metric: str, on: date) -> bool:
        """Whether this figure is restated; what is left None concerns all."""
        return (
            self.page_id in {None, page_id}
            and self.metric in {None, metric}
            and (self.on is None or self.on == on)
        )


class GraphSettings(Frozen):
    """Every dial of the stand-ins with its usual value; the first ones are Facebook's."""

    #: Added to every Graph call.
    latency_ms: int = Field(default=0, ge=0)
    #: How far the platform's clock runs ahead of the real one.
    clock_offset_seconds: float = 0
    #: Whether two consecutive identical posts of one Page earn error 506 (platforms.md 1.8). Off, the
    #: sandbox accepts them all, so that a count of doubles measures the client and not this guard.
    refuse_duplicates: bool = True
    #: More posts than this on one Page within ten minutes earn 368/1390008; None never.
    posts_in_ten_minutes: int | None = Field(default=None, ge=1)
    #: Whether calls without `appsecret_proof` are refused.
    requires_proof: bool = False
    #: Calls a Page in 24 hours: 4800 times the engaged users (platforms.md 1.9), here one such user.
    page_calls_a_day: int = Field(default=4800, ge=1)
    #: Calls of an app's user tokens in one hour: 200 times the users.
    app_calls_an_hour: int = Field(default=200_000, ge=1)
    #: Usage headers appear after so many calls; None leaves them away, as the platform often does.
    usage_headers_after: int | None = Field(default=1, ge=1)
    #: Feeds your own differently looking but stable figures.
    insight_seed: int = 0
    #: A finished Los Angeles day shows after so many hours (platforms.md 2.3: up to 24 to 48).
    insight_delay_hours: float = Field(default=12, ge=0)
    #: Metrics that ask for (#100) from this day on, beside those that are dead already.
    dead_metrics: dict[str, date] = Field(default_factory=dict)
    #: How long a container of Instagram or Threads is IN_PROGRESS.
    container_seconds: float = Field(default=0, ge=0)
    #: What the limit endpoints give as `quota_total`; Meta's pages say 50 and 100 for Instagram.
    instagram_posts_a_day: int = Field(default=50, ge=0)
    threads_posts_a_day: int = Field(default=250, ge=0)
    revisions: tuple[Revision, ...] = ()
