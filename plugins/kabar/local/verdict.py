"""Whether a rehearsal went as it should, counted on the platform's side and not on ours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kabar.local.scene import Played
from kabar.store.insights import Extent

#: What went out once, whatever a visitor has done about it since; the sandbox's log keeps every creation.
WENT_OUT = frozenset({"published", "corrected", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """The counts of a rehearsal and every sentence that says what was not right."""

    counts: Counter[str]
    seconds: dict[str, float | None]
    insights: Extent
    stage_dags: int
    problems: tuple[str, ...]
    #: Cards that wait for a person in Meja Humas; counted above as approved, or as posted once that is done.
    open_cards: int

    @property
    def is_good(self) -> bool:
        """Whether nothing was wrong."""
        return not self.problems

    def table(self) -> list[str]:
        """The result as lines for a terminal."""
        rows: list[tuple[str, str]] = [
            ("drafts", str(self.counts.total())),
            ("approved", str(self.counts.total() - self.counts["planned"] - self.counts["refused"])),
            ("posted", str(self.counts["published"])),
            ("waiting", str(self.counts["planned"])),
            ("refused", str(self.counts["refused"])),
            ("unconfirmed", str(self.counts["unconfirmed"])),
            ("manual cards to post", str(self.open_cards)),
            ("expired", str(self.counts["expired"])),
            ("insight rows, three days", str(self.insights.rows)),
            ("of them with a value", str(self.insights.values)),
            ("stages in Airflow", str(self.stage_dags)),
            *(
                (f"seconds: {name}", "unknown" if seconds is None else f"{seconds:.1f}")
                for name, seconds in self.seconds.items()
            ),
        ]
        width = max(len(name) for name, _ in rows)
        lines = [f"  {name.ljust(width)}  {value.rjust(7)}" for name, value in rows]
        return ["What happened", *lines, *(f"  PROBLEM: {problem}" for problem in self.problems)]


def judge(played: Played) -> Verdict:
    """Compare the ledger with the sandbox's own log, post by post."""
    problems: list[str] = []
    waiting = played.scene.waiting_province
    if played.scene.with_kill and played.is_first_start and not played.was_killed:
        problems.append("No publishing process was killed, though KILL=1 asks for it.")
    for row in played.ledger:
        if row["by_hand"]:
            # No sandbox sees what a person posts by hand, and nobody has to do it for a demo.
            continue
        on_platform = played.published_on_sandbox[f"kt{row['post_id']}"]
        name = f"satker {row['satker_code']} on {row['channel']}"
        if on_platform > 1:
            problems.append(f"{name}: {on_platform} posts on the platform, a double.")
        if (row["state"] in WENT_OUT) != (on_platform == 1):
            problems.append(f"{name}: {row['state']} in the ledger, {on_platform} posts on the platform.")
        if row["province_code"] == waiting and played.is_first_start and on_platform:
            problems.append(f"{name}: was to wait for you, and has a post.")
        if row["province_code"] != waiting and row["state"] not in WENT_OUT:
            problems.append(f"{name}: should have been published, is {row['state']}.")
    if played.stage_dags != played.public_stages:
        problems.append(
            f"Airflow shows {played.stage_dags} stages, the calendars have {played.public_stages}."
        )
    problems.extend(f"Airflow cannot read {error}" for error in played.import_errors)
    accounts = {row["account_external_id"] for row in played.ledger if row["channel"] == "facebook"}
    if played.insights.accounts < len(accounts) or not played.insights.values:
        problems.append(
            f"Insights of {played.insights.accounts} accounts with {played.insights.values} values, "
            f"{len(accounts)} accounts have a post to say."
        )
    return Verdict(
        counts=Counter(row["state"] for row in played.ledger),
        seconds=played.seconds,
        insights=played.insights,
        stage_dags=played.stage_dags,
        problems=tuple(problems),
        open_cards=sum(row["by_hand"] and row["state"] in {"approved", "sending"} for row in played.ledger),
    )
