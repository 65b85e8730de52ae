"""How complaints, replies and silence move a case, and what its customer is likely to tell of it."""

from monitor.core.business_hours import DAY_SECONDS, HOUR_SECONDS
from monitor.core.case import TRANSITIONS, Case, CaseEvent, CaseState, ClosedCause, Closing, Handoff
from monitor.core.finding import SEVERITIES
from monitor.core.keeping import keep_evidence, keep_origin
from monitor.core.policy import JourneyPolicy
from monitor.core.scored import Scored
from monitor.core.telling import Telling


def next_state(state: CaseState, event: CaseEvent) -> CaseState:
    """Look the transition up; what is not in the table changes nothing."""
    return TRANSITIONS.get((state, event), state)


def find_waiting_since(case: Case | None) -> float | None:
    """Find when the clock began that runs now; None where nobody waits."""
    return case.waiting_since if case is not None and case.state == "waiting" else None


def open_case(scored: Scored, at: float, *, lost_advocate: bool, mood_before: float = 0.0) -> Case:
    """Begin a case; its first complaint is still to be taken, and brings the evidence."""
    here, complaint = keep_origin(scored.origin), scored.complaint
    # In their order: of so many fields, each that is named is looked for among all of them.
    case = Case(
        "none",
        at,
        at,
        here,
        here,
        at,
        at,
        here,
        complaint.probability,
        complaint.severity,
        complaint.category,
        scored.channel,
        scored.touchpoint,
        scored.product,
        scored.brand,
        scored.excerpt,
        b"",
        (scored.channel,),
        (),
        0,
    )
    case.lost_advocate, case.mood_before = lost_advocate, mood_before
    case.language, case.permalink = scored.language, scored.permalink
    return case


def recall_case(scored: Scored, at: float, cause: ClosedCause) -> Case:
    """Bring a closed case back to mind, in which a customer's new interest stands beside the old cause."""
    case = open_case(scored, at, lost_advocate=False)
    case.evidence = keep_evidence(scored.complaint.evidence, scored.excerpt)
    case.state, case.category = next_state("none", "interest"), cause.category
    case.closing = Closing("answered", "interest", at)
    return case


def wait_on(case: Case, scored: Scored, at: float, policy: JourneyPolicy) -> None:
    """Let the customer wait on the message's channel; after an answer, a new clock begins."""
    if case.state == "answered":
        case.waiting_since, case.waiting_origin = at, keep_origin(scored.origin)
        case.waiting_channels, case.bot_channels, case.handoff, case.staffed = (), (), None, {}
    case.last_at = max(case.last_at, at)
    if at >= case.asked_at:
        case.asked_at, case.asked_origin = at, keep_origin(scored.origin)
    channel, source = scored.channel, scored.origin.topic
    if channel not in case.channels:
        case.channels = (*case.channels, channel)
    is_new = channel not in case.waiting_channels
    if is_new:
        case.waiting_channels = (*case.waiting_channels, channel)
    if source not in policy.business_hours:
        if channel in case.staffed:
            case.staffed = {other: one for other, one in case.staffed.items() if other != channel}
    elif is_new:
        case.staffed = {**case.staffed, channel: source}


def add_complaint(case: Case, scored: Scored, at: float, policy: JourneyPolicy) -> None:
    """Take a complaint into the case: what is worst stays, the public trace adds up."""
    complaint, cues = scored.complaint, scored.cues
    wait_on(case, scored, at, policy)
    case.complaints += 1
    if (SEVERITIES.index(complaint.severity), complaint.probability) >= (
        SEVERITIES.index(case.severity),
        case.probability,
    ):
        case.severity, case.category = complaint.severity, complaint.category
        case.channel, case.touchpoint = scored.channel, scored.touchpoint
        case.product, case.brand = scored.product, scored.brand
        case.excerpt = scored.excerpt
        case.evidence = keep_evidence(complaint.evidence, scored.excerpt)
        case.language, case.permalink = scored.language, scored.permalink
    case.probability = max(case.probability, complaint.probability)
    case.arousal = max(case.arousal, cues.arousal)
    case.call_to_action = case.call_to_action or cues.call_to_action
    case.threat_to_leave = case.threat_to_leave or cues.threat_to_leave
    case.followers = max(case.followers, scored.followers or 0)
    case.reshares += scored.reshares or 0
    case.likes += scored.likes or 0
    case.helpful += scored.helpful or 0


def note_handoff(case: Case, scored: Scored, at: float, policy: JourneyPolicy) -> None:
    """Note that a customer who waits has gone on from a machine's channel to another one, to be heard there."""
    if case.state != "waiting" or case.handoff or at < case.last_at:
        return
    machines = {channel for channel in case.waiting_channels if channel in policy.self_service_channels}
    machines.update(case.bot_channels)
    if scored.channel in machines or scored.channel in policy.self_service_channels or not machines:
        return
    left = next(channel for channel in (*case.waiting_channels, *case.bot_channels) if channel in machines)
    case.handoff = Handoff(keep_origin(scored.origin), at, left, scored.channel)


def describe_telling(case: Case, clock: float) -> Telling:
    """Collect what the listeners depend on, as of the journey's clock."""
    state, until = (case.closing.state, case.closing.at) if case.closing else (case.state, clock)
    waited_seconds = max(0.0, until - case.waiting_since) if state == "waiting" else 0.0
    return Telling(
        probability=case.probability,
        severity=case.severity,
        arousal=case.arousal,
        waited_hours=waited_seconds / HOUR_SECONDS,
        complaints=case.complaints,
        channels=len(case.channels),
        call_to_action=case.call_to_action,
        threat_to_leave=case.threat_to_leave,
        lost_advocate=case.lost_advocate,
        replied=state == "answered",
        followers=case.followers,
        reshares=case.reshares,
        likes=case.likes,
        helpful=case.helpful,
    )


def end_of_case(case: Case, policy: JourneyPolicy) -> tuple[float, CaseEvent]:
    """Say when the case ends by silence, and as what."""
    if case.closing is not None:
        return case.closing.at + policy.closed_case_days * DAY_SECONDS, "forgotten"
    if case.state == "answered":
        # What was promised is waited for.
        last_at = max(case.last_at, case.promise.by) if case.promise else case.last_at
        return last_at + policy.answered_quiet_hours * HOUR_SECONDS, "quiet"
    return case.last_at + policy.unanswered_fades_days * DAY_SECONDS, "faded"
