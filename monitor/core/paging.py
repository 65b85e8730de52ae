"""Who is paged for what, of all that fires, within what each owner can bear.

    page(desk, events) -> desk', what to store, and which alerts are not paged

An alert waits for a short moment, so that the moment's best are chosen and not its first. What the budget refuses
stays a bidder as long as it is open and fresh. It knows no clock: time comes with the events, the decisions with ticks.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from monitor.core.alert import RANKS, Alert
from monitor.core.budget import Grant, Refusal, find_limit, grant_best, keep_recent
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.desk import Decision, Desk, Filed, Page, Removed, Told, Turn
from monitor.core.grouping import Families
from monitor.core.policy import PagingPolicy
from monitor.core.routing import Routing, find_owner, label
from monitor.core.scored import Tick

#: What one tick decides is stored as one batch, which must fit; the rest is decided with the next.
_DECIDED_AT_ONCE: Final = 500


def page(
    desk: Desk, events: Iterable[Filed | Removed | Told | Tick], policy: PagingPolicy, routing: Routing
) -> Turn:
    """Take events in order; the desk that was given stays as it is."""
    turn = _Turn(desk, policy, routing)
    for event in events:
        if isinstance(event, Filed):
            turn.try_to_file(event)
        elif isinstance(event, Removed):
            turn.take_back(event.alert_id)
        elif isinstance(event, Told):
            turn.note(event)
        else:
            turn.decide(event.at.timestamp())
    return turn.end()


class _Turn:
    """A turn in the making."""

    def __init__(self, desk: Desk, policy: PagingPolicy, routing: Routing) -> None:
        self._pages = dict(desk.pages)
        self._grants = dict(desk.grants)
        self._policy = policy
        self._routing = routing
        self._changed: set[str] = set()
        self._spending: set[str] = set()
        self._unpaged: list[Alert] = []
        self._restated: list[Alert] = []
        self._removed: list[str] = []
        self._decisions: list[tuple[str, Decision]] = []
        self._failures: list[tuple[Alert, str]] = []
        self._families = Families((), routing, 0.0)

    def end(self) -> Turn:
        return Turn(
            desk=Desk(self._pages, self._grants),
            pages=self._changed,
            owners=self._spending,
            unpaged=self._unpaged,
            restated=self._restated,
            removed=self._removed,
            decisions=self._decisions,
            failures=self._failures,
        )

    def try_to_file(self, filed: Filed) -> None:
        try:
            self._file(filed)
        except Exception as error:  # noqa: BLE001 - a bug in taking one alert must not stop the others
            self._failures.append((filed.alert, type(error).__name__))

    def _file(self, filed: Filed) -> None:
        alert, known = filed.alert, self._pages.get(filed.alert.id)
        if alert.state == "suppressed":
            self._read_back(alert)
            return
        if alert.severity == "info" and not self._routing.good_news:
            return
        if alert.replay:
            self._decisions.append((find_owner(alert, self._routing), "replayed"))
            return
        if known is None:
            if alert.state != "resolved":
                self._add(Page(alert=alert, filed_at=filed.at_seconds, waits_since=filed.at_seconds))
        elif known.is_resolved or alert.sequence <= known.alert.sequence:
            if known.unread:
                self._read_back(alert)  # else told again, as each is at least once
        elif known.labels:
            self._follow(known, filed)
        elif alert.state == "resolved":
            self._put(known, alert=alert, decision="granted")
            self._clear(alert.id)
        else:
            self._put(
                known,
                alert=alert,
                filed_at=filed.at_seconds,
                decision="waiting",
                waits_since=filed.at_seconds,
            )

    def take_back(self, alert_id: str) -> None:
        """Note that an alert is taken back; it has been resolved before."""
        if alert_id in self._pages:
            self._put(self._pages[alert_id], removed=True)

    def _read_back(self, alert: Alert) -> None:
        """Read one's own word; what it has come to stand behind is written again, and that is read back as well."""
        known = self._pages.get(alert.id)
        if known is None:
            return
        unread = max(known.unread - 1, 0)
        if known.removed:
            self._removed.append(alert.id)
        elif known.alert.sequence > alert.sequence:
            # As it stood there: what it belongs to is for those who are paged.
            self._restated.append(msgspec.structs.replace(known.alert, group=None))
            unread += 1
        self._put(known, unread=unread)
        self._clear(alert.id)

    def _clear(self, alert_id: str) -> None:
        """Forget what is over, told to all, and the last word on the alert."""
        known = self._pages[alert_id]
        if known.is_resolved and not known.unread and known.is_told_to(self._routing.targets):
            self._remove(alert_id)

    def note(self, told: Told) -> None:
        """Note what a target has confirmed, and forget what is resolved and told to all."""
        for alert_id, version in told.versions.items():
            known = self._pages.get(alert_id)
            if known is None:
                continue
            self._put(known, told={**known.told, told.target: version})
            known = self._pages[alert_id]
            if known.is_told_to(self._routing.targets):
                self._put(known, retired={})
            self._clear(alert_id)

    def decide(self, now_seconds: float) -> None:
        """Let the bidders of each owner have what the budget grants now."""
        self._drop_stale(now_seconds)
        self._families = Families(self._pages.values(), self._routing, self._policy.together_minutes)
        bidders: defaultdict[str, list[Page]] = defaultdict(list)
        for one in [one for one in self._pages.values() if one.decision != "granted"]:
            if len(self._changed) >= _DECIDED_AT_ONCE:
                return
            owner = find_owner(one.alert, self._routing)
            speaker = self._families.find_speaker(one)
            if one.alert.severity == "info":
                self._grant(one, owner)
            elif speaker is None:
                bidders[owner].append(one)
            elif one.decision != "grouped":
                same = " of the same customer" if speaker.customer else ""
                self._refuse(one, owner, "grouped", f"grouped under the {speaker.kind} {speaker.id}{same}")
        for owner, bids in bidders.items():
            self._serve(owner, bids, now_seconds)

    def _follow(self, known: Page, filed: Filed) -> None:
        """Tell the news of what is paged; that it has become worse is a page of its own."""
        alert = msgspec.structs.replace(filed.alert, group=known.alert.group)
        rises = alert.state != "resolved" and RANKS[alert.severity] > RANKS[known.labels["severity"]]
        self._put(
            known,
            alert=alert,
            filed_at=filed.at_seconds,
            decision="waiting" if rises else "granted",
            waits_since=filed.at_seconds,
            version=known.version + 1,
        )

    def _drop_stale(self, now_seconds: float) -> None:
        """Forget what nobody was paged for and nothing was heard of: news of long ago, as a replay brings it."""
        oldest = now_seconds - self._policy.stale_after_hours * HOUR_SECONDS
        for one in [one for one in self._pages.values() if not one.labels]:
            if one.alert.at.timestamp() < oldest:
                self._remove(one.alert.id)
                self._decisions.append((find_owner(one.alert, self._routing), "stale"))

    def _serve(self, owner: str, bids: list[Page], now_seconds: float) -> None:
        policy = self._policy
        limit = find_limit(owner, policy)
        recent = keep_recent(self._grants.get(owner, ()), now_seconds)
        first = sorted(bids, key=lambda one: (one.alert.opened_at, one.alert.id))
        ranked = sorted(first, key=lambda one: one.rank, reverse=True)
        granted, refusal = grant_best(
            [one.expected for one in ranked],
            [grant.expected for grant in recent],
            limit,
            policy.reserved_share,
        )
        # What waits may still get company; what was refused only waits for the budget.
        settled = any(
            one.decision == "waiting" and one.waits_since + policy.settle_seconds <= now_seconds
            for one in bids
        )
        if not settled and all(one.decision == "waiting" for one in ranked[:granted]):
            return
        for one in ranked[:granted]:
            self._grant(one, owner)
            recent = (*recent, Grant(now_seconds, one.expected))
        self._grants[owner] = recent
        self._spending.add(owner)
        for one in ranked[granted:]:
            if one.decision != "suppressed" and len(self._changed) < _DECIDED_AT_ONCE:
                self._refuse(one, owner, "suppressed", _say(refusal, owner, limit))

    def _grant(self, one: Page, owner: str) -> None:
        self._put(
            one,
            alert=self._families.join(one.alert),
            decision="granted",
            labels=label(one.alert, self._routing),
            retired=one.labels,
            version=one.version + 1,
        )
        self._decisions.append((owner, "granted"))

    def _refuse(self, one: Page, owner: str, decision: Literal["suppressed", "grouped"], cause: str) -> None:
        alert = self._families.join(one.alert)
        self._put(one, alert=alert, decision=decision, unread=one.unread + 1)
        action = msgspec.structs.replace(alert.action, owner=owner)
        self._unpaged.append(
            msgspec.structs.replace(
                alert, state="suppressed", cause=f"nobody is paged: {cause}", action=action
            )
        )
        self._decisions.append((owner, decision))

    def _add(self, one: Page) -> None:
        self._pages[one.alert.id] = one
        self._changed.add(one.alert.id)

    def _put(self, known: Page, **changes: object) -> None:
        self._add(msgspec.structs.replace(known, **changes))

    def _remove(self, alert_id: str) -> None:
        del self._pages[alert_id]
        self._changed.add(alert_id)


def _say(refusal: Refusal | None, owner: str, limit: int) -> str:
    if refusal == "reserved":
        return (
            f"of the {limit} pages an hour of {owner}, the rest is kept for those who would tell more people"
        )
    return f"{owner} has had the {limit} pages of the hour"
