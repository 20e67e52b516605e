//! The verdict on one service, and the change that would protect it.

use judgement::{Reason, decide, policy::Mode};

use super::{Covered, Leading, Verdict};
use crate::{
    aws::Service,
    leads::{ByService, Lead},
    session::Session,
    wiring::{MOST_ACTIONS, State, Target},
};

/// What verdicts depend on.
pub(super) struct Judge<'a> {
    pub(super) session: &'a Session,
    pub(super) target: &'a Target,
    /// The alarms that lead to each service.
    pub(super) leads: ByService<'a, 'a>,
    /// `false` if the alarms could not be read.
    pub(super) alarms_are_known: bool,
}

/// A verdict with its reason and the change that would protect the service.
type Found = (Verdict, Option<String>, Option<String>);

impl Judge<'_> {
    pub(super) fn judge(&self, service: &Service) -> Covered {
        let Session { policy, now, .. } = self.session;
        let leads = self.leads.to(&service.service);
        let leading = |lead: &&Lead<'_>| Leading {
            alarm: lead.alarm.name.clone(),
            found_by: lead.way,
            state: lead.alarm.state.clone(),
            wiring: lead.wiring.clone(),
            refused: lead.refusal(&service.service).map(|verdict| verdict.detail.clone()),
        };
        let mode = decide::mode(&service.service, &service.observed, policy, *now);
        let (verdict, why, fix) = match impossible(service) {
            Some(found) => found,
            None => match &mode {
                Ok(mode) => self.by_alarms(service, *mode, &leads),
                Err(held) => self.held(service, &held.detail),
            },
        };
        let own_alarms = service.native.alarms.iter().filter(|alarms| alarms.rollback);
        Covered {
            mode: mode.map_or_else(|_| Mode::Off.to_string(), |mode| mode.to_string()),
            controller: service.observed.controller.clone(),
            breaker: service.native.breaker,
            deployment_alarms: own_alarms.flat_map(|alarms| alarms.names.clone()).collect(),
            alarms: leads.iter().map(leading).collect(),
            service: service.service.clone(),
            verdict,
            why,
            fix,
        }
    }

    fn held(&self, service: &Service, detail: &str) -> Found {
        let why = Some(detail.trim_end_matches('.').to_owned());
        if service.observed.tag.is_some() && self.session.policy.mode != Mode::Off {
            let fix = format!("ecs-rollback release {}", service.service);
            return (Verdict::HeldByTag, why, Some(fix));
        }
        let fix = if self.session.policy.mode == Mode::Off {
            "set the parameter Mode to enforce".to_owned()
        } else {
            "tag the service auto-rollback=enforce".to_owned()
        };
        (without(service), why, Some(fix))
    }

    fn by_alarms(&self, service: &Service, mode: Mode, leads: &[&Lead<'_>]) -> Found {
        let counts = |lead: &&&Lead<'_>| lead.refusal(&service.service).is_none();
        let in_state = |state: State| leads.iter().filter(counts).find(|lead| lead.wiring.state == state);
        if in_state(State::Wired).is_some() {
            return match mode {
                Mode::Enforce => (Verdict::Protected, None, None),
                Mode::Observe | Mode::Off => (
                    Verdict::ObservedOnly,
                    Some("the function only reports what it would do".to_owned()),
                    Some("set the parameter Mode to enforce, or tag the service auto-rollback=enforce".to_owned()),
                ),
            };
        }
        if let Some(lead) = in_state(State::Unknown) {
            let why = format!("whether {} reaches the function could not be read", lead.alarm.name);
            return (Verdict::Unknown, Some(why), None);
        }
        if let Some(lead) = in_state(State::ActionsOff) {
            let name = &lead.alarm.name;
            let fix = format!("aws cloudwatch enable-alarm-actions --alarm-names {}", quoted(name));
            return (without(service), Some(format!("the actions of {name} are switched off")), Some(fix));
        }
        if let Some(lead) = in_state(State::NotWired) {
            let alarm = lead.alarm;
            let fix = if alarm.actions.len() >= MOST_ACTIONS {
                format!("{} has {MOST_ACTIONS} actions already: set AlarmNamePrefix or SignalTopicArn", alarm.name)
            } else {
                format!("add the function to the actions of {}: {}", alarm.name, self.target.arn_to_add())
            };
            return (without(service), Some(format!("{} does not reach the function", alarm.name)), Some(fix));
        }
        if !self.alarms_are_known {
            return (Verdict::Unknown, Some("the alarms could not be read".to_owned()), None);
        }
        let refusal = leads.iter().find_map(|lead| Some((lead, lead.refusal(&service.service)?)));
        if let Some((lead, verdict)) = refusal {
            let fix = match verdict.reason {
                Reason::NotAllowed => format!("add {} to the parameter Services", service.service),
                Reason::AlarmNotListed => format!("add {} to the parameter Alarms", lead.alarm.name),
                Reason::ScalingAlarm => "let an alarm on errors or latency lead to it".to_owned(),
                _ => "let an alarm of this account and Region lead to it".to_owned(),
            };
            return (without(service), Some(verdict.detail.trim_end_matches('.').to_owned()), Some(fix));
        }
        let fix = format!("tag an alarm auto-rollback:services={}", service.service);
        (without(service), Some("no alarm leads to it".to_owned()), Some(fix))
    }
}

/// The verdict on a service that the function does not protect.
fn without(service: &Service) -> Verdict {
    let by_alarms = service.native.alarms.as_ref().is_some_and(|alarms| alarms.rollback);
    if service.native.breaker || by_alarms { Verdict::EcsOnly } else { Verdict::NotProtected }
}

/// A name as a shell takes it.
fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\'', r"'\''"))
}

/// The verdict on a service that nothing could roll back.
fn impossible(service: &Service) -> Option<Found> {
    let observed = &service.observed;
    if !observed.has_ecs_controller() {
        let why = format!("{} deploys it, and only deployments by ECS itself can be rolled back", observed.controller);
        return Some((Verdict::NotPossible, Some(why), None));
    }
    let why = || format!("it is {}, not ACTIVE", observed.status);
    (!observed.is_active()).then(|| (Verdict::NotPossible, Some(why()), None))
}
