"""Who may take a case: queue and licence, checked at every hand-off."""

from __future__ import annotations

from consult_bot.case.errors import NotEligible
from consult_bot.case.model import Case
from consult_bot.case.verb import Verb
from consult_bot.roster.facts import Facts
from consult_bot.roster.people import Person


def check_may_take(person: Person | None, case: Case) -> Person:
    """Return the person, who may be responsible for this case.

    Raises NotEligible, saying why: not on the roster, another queue, or no licence where the patient is.
    Licences that nobody listed are unchecked and do not stand in the way.
    """
    if person is None or not person.active:
        raise NotEligible(
            "That person is not on this practice's roster. Ask a team lead to add them.", field="to"
        )
    why_not = ineligible(person, case)
    if why_not:
        raise NotEligible(f"{{who}} cannot take {case.spoken}: {why_not}.", who=person.id, field="to")
    return person


def needs_eligibility(verb: Verb) -> bool:
    """Whether the verb takes responsibility for a case, or speaks to its patient with time to think."""
    return verb.takes or (verb.crosses and not verb.at_once)


def ineligible(person: Person, case: Case, called: str = "they") -> str | None:
    """Return why this person may not take the case, None where nothing stands in the way.

    `called`: `they`, or `you` where it is they who read it.
    """
    if not works_in_queue(person, case):
        return f"{called} work in {', '.join(person.queues)}, and this case is in {case.queue}"
    if not licensed(person, case):
        licences = ", ".join(person.states or ()) or "no state"
        return f"the patient is in {case.submission.value('state')} and {called} are licensed in {licences}"
    return None


def works_in_queue(person: Person, case: Case) -> bool:
    """Whether this person works in the case's queue."""
    return not person.queues or case.queue in person.queues


def licensed(person: Person, case: Case) -> bool:
    """Whether nothing is known against a licence where the patient is."""
    patient_state = case.submission.value("state")
    return person.states is None or not patient_state or patient_state in person.states


def may_have_any(person: Person) -> bool:
    """Whether this person may have any case there is, as far as anybody listed."""
    return not person.queues and person.states is None


def licence_shown(person: Person, case: Case) -> str:
    """Return what is known of the licence for this case: `licensed in WA` or `license unchecked`."""
    patient_state = case.submission.value("state")
    if person.states is None or not patient_state:
        return "license unchecked"
    return f"licensed in {patient_state}" if licensed(person, case) else f"no license for {patient_state}"


def on_duty(facts: Facts, slack_id: str | None, case: Case) -> bool:
    """Whether the owner is here and still eligible, so that the case can go back to them."""
    person = facts.person(slack_id)
    return person is not None and ineligible(person, case) is None
