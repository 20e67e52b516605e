//! Judges each service once, concurrently and within the deadline, for all signals that point at it: observe, decide, act.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, future::join, stream};
use jiff::{SignedDuration, Timestamp};
use judgement::{
    Decision, Evidence, Location, Observation, Outcome, Policy, Reason, Service, Signal, Verdict, Way,
    decide::{admit, decide},
    evidence::Trouble,
    observation::ServiceDeployment,
};
use tokio::time::{Instant, timeout_at};

use super::Budget;
use crate::{
    act::roll_back,
    aws::{Account, Accounts, CallError, SIDE_BY_SIDE},
    evidence::{CloserLook, Suspect},
    locate::{Found, Located},
    observe::{Looks, Observer, Requests},
    report::{Entries, Entry},
};

/// The least time to begin with a service. Work that cannot be finished is returned to the queue instead of left half done.
const LEAST_TO_BEGIN: Duration = Duration::from_millis(200);

/// The most services that are judged in order, because one invocation can finish them.
const MOST_IN_ORDER: usize = 100;

/// The most closer looks for one service. In observe mode, every signal needs one.
const MOST_LOOKS: usize = 5;

/// The time in which a decision that is only shown must be made.
const LONGEST_TO_SHOW: Duration = Duration::from_secs(20);

/// The least time to request a rollback.
const LEAST_TO_STOP: Duration = Duration::from_millis(300);

/// Judges services. Remembers earlier looks at them, and the signals for which it requested rollbacks.
#[derive(Debug)]
pub(super) struct Judge {
    policy: Arc<Policy>,
    accounts: Arc<Accounts>,
    closer_look: CloserLook,
    requests: Arc<Mutex<Requests>>,
    looks: Mutex<Looks>,
}

/// One signal that points at a service, and the place of its entry in the report.
#[derive(Clone)]
struct Pointer {
    record: usize,
    entry: usize,
    signal: Arc<Signal>,
    found_by: Way,
    /// The trouble that led to the service, if it is not the signal's own.
    troubles: Option<Vec<Trouble>>,
}

/// One service to judge, with the circumstances.
struct Task<'a> {
    service: Service,
    home: &'a Location,
    now: Timestamp,
    budget: &'a Budget,
}

impl Judge {
    /// A judge that remembers each look at a service for `memory`.
    pub(super) fn new(
        policy: Arc<Policy>,
        accounts: Arc<Accounts>,
        closer_look: CloserLook,
        requests: Arc<Mutex<Requests>>,
        memory: SignedDuration,
    ) -> Self {
        Self { policy, accounts, closer_look, requests, looks: Mutex::new(Looks::new(memory)) }
    }

    /// Judges all services that signals lead to. Returns the entries of each signal, by its record.
    pub(super) async fn judge_all(
        &self,
        located: Vec<Located>,
        home: &Location,
        now: Timestamp,
        budget: &Budget,
    ) -> Entries {
        let mut entries = Entries::new();
        let mut services: BTreeMap<Service, Vec<Pointer>> = BTreeMap::new();
        for (found, signals) in located {
            for (record, signal) in signals {
                let opened = self.open(&signal, record, &found, home, &mut services);
                entries.insert(record, opened);
            }
        }
        let mut services: Vec<_> = services.into_iter().collect();
        if services.len() > MOST_IN_ORDER {
            // The time may run out before the last, so a later try starts with another service.
            let start = usize::try_from(now.as_second()).unwrap_or_default() % services.len();
            services.rotate_left(start);
        }
        let tasks = services.into_iter().map(async |(service, pointers)| {
            let task = Task { service, home, now, budget };
            let judged = Box::pin(self.judge_in_time(&task, &pointers)).await;
            (pointers, judged)
        });
        let mut judged = stream::iter(tasks).buffer_unordered(SIDE_BY_SIDE);
        while let Some((pointers, judged)) = judged.next().await {
            for (pointer, entry) in pointers.iter().zip(judged) {
                if let Some(place) = entries.get_mut(&pointer.record).and_then(|all| all.get_mut(pointer.entry)) {
                    *place = Entry { decided_after: Some(budget.began.elapsed()), ..entry };
                }
            }
        }
        entries
    }

    /// Creates the entries of one signal. If a service must be observed, its entry is a placeholder for the judgement.
    fn open(
        &self,
        signal: &Arc<Signal>,
        record: usize,
        found: &Result<Found, Verdict>,
        home: &Location,
        services: &mut BTreeMap<Service, Vec<Pointer>>,
    ) -> Vec<Entry> {
        let Found { way, services: named, troubles } = match found {
            Ok(found) => found,
            Err(verdict) => return vec![Entry::of_no_service(signal, verdict.clone())],
        };
        let mut entries = Vec::new();
        for service in named {
            let service = match service {
                Ok(service) => service,
                Err(verdict) => {
                    entries.push(Entry::of_no_service(signal, verdict.clone()));
                    continue;
                }
            };
            let verdict = match admit(signal, service, &self.policy, home) {
                Ok(()) => {
                    let signal = Arc::clone(signal);
                    let troubles = troubles.get(service).cloned();
                    let pointer = Pointer { record, entry: entries.len(), signal, found_by: *way, troubles };
                    services.entry(service.clone()).or_default().push(pointer);
                    timed_out(service)
                }
                Err(verdict) => verdict,
            };
            entries.push(Entry::of_service(signal, service, *way, verdict));
        }
        entries
    }

    /// Judges a service; signals without a verdict by the deadline are reported as unanswered.
    async fn judge_in_time(&self, task: &Task<'_>, pointers: &[Pointer]) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(pointers.len());
        if task.budget.has(LEAST_TO_BEGIN) {
            // Entries that are complete stay if the time runs out.
            let judged = timeout_at(task.budget.decide_by, Box::pin(self.judge(task, pointers, &mut entries))).await;
            if let Ok(Err(verdict)) = judged {
                entries.extend(pointers.iter().map(|pointer| pointer.entry(&task.service, verdict.clone())));
            }
        }
        let rest = &pointers[entries.len()..];
        entries.extend(rest.iter().map(|pointer| pointer.entry(&task.service, timed_out(&task.service))));
        entries
    }

    /// Decides for each signal in turn, from an earlier look at the service if that suffices, else from a new one. The service
    /// is rolled back once. An `Err` is the verdict for all signals.
    async fn judge(&self, task: &Task<'_>, pointers: &[Pointer], entries: &mut Vec<Entry>) -> Result<(), Verdict> {
        let Task { service, home, now, budget } = task;
        let account = self.accounts.at(&service.location(), home).await;
        let account = account.ok_or_else(|| unreached(service))?;
        if let Some(verdicts) = self.remembered(service, pointers, *now) {
            entries.extend(pointers.iter().zip(verdicts).map(|(pointer, verdict)| pointer.entry(service, verdict)));
            return Ok(());
        }
        let (observed, mut ahead) =
            Box::pin(self.observe(&account, task, pointers)).await.map_err(|error| error.verdict())?;
        let service =
            &observed.service.as_ref().map_or_else(|| service.clone(), |found| service.with_account_of(&found.arn));
        let mut acted: Option<Verdict> = None;
        let mut looks = 0;
        for (number, pointer) in pointers.iter().enumerate() {
            let looked = ahead.take_if(|(ahead, _)| *ahead == number).map(|(_, evidence)| evidence);
            let has_looked = looked.is_some();
            let mut evidence = looked.unwrap_or_else(|| pointer.evidence());
            let mut decision = self.decide(pointer, service, &observed, &evidence, *now);
            let suspect = pointer.suspect(service, &observed);
            let may_help = !has_looked && acted.is_none() && self.closer_look.may_help(&suspect, &evidence);
            if may_help && is_against(&decision) {
                looks += 1;
                evidence = if looks <= MOST_LOOKS {
                    self.closer_look.look(&suspect, evidence, home, budget.decide_by).await
                } else {
                    Evidence {
                        gaps: vec!["the evidence was not looked up, as for other signals".to_owned()],
                        ..evidence
                    }
                };
                decision = self.decide(pointer, service, &observed, &evidence, *now);
            }
            let verdict = match (decision, &acted) {
                (Decision::LeaveAlone(verdict), _) => verdict,
                (Decision::RollBack(_), Some(earlier)) => again(service, earlier),
                (Decision::RollBack(_), None) if !budget.has(LEAST_TO_STOP) => return Ok(()),
                (Decision::RollBack(decision), None) => {
                    let verdict = roll_back(&account.ecs, service, &decision, budget.decide_by).await;
                    self.remember_request(&pointer.signal, &verdict);
                    acted.insert(verdict).clone()
                }
            };
            entries.push(pointer.entry(service, verdict).with_observed(observed.candidate.as_ref(), evidence));
        }
        let is_rolling_back = acted.is_some_and(|verdict| verdict.outcome() == Outcome::RolledBack);
        let observed = if is_rolling_back { observed.with_rollback_requested() } else { observed };
        self.looks().keep(service.clone(), observed.abridged(), *now);
        Ok(())
    }

    fn decide(
        &self,
        pointer: &Pointer,
        service: &Service,
        observed: &Observation,
        evidence: &Evidence,
        now: Timestamp,
    ) -> Decision {
        decide(&pointer.signal, service, observed, evidence, &self.policy, now)
    }

    /// The decision on a signal for a service that was observed before, with a closer look if it may help. Nothing is done about it.
    pub(super) async fn decide_on(
        &self,
        (signal, found): (&Arc<Signal>, &Found),
        service: &Service,
        observed: &Observation,
        home: &Location,
        now: Timestamp,
    ) -> Decision {
        let troubles = found.troubles.get(service).cloned();
        let pointer = Pointer { record: 0, entry: 0, signal: Arc::clone(signal), found_by: found.way, troubles };
        let mut evidence = pointer.evidence();
        let decision = self.decide(&pointer, service, observed, &evidence, now);
        let suspect = pointer.suspect(service, observed);
        if !(self.closer_look.may_help(&suspect, &evidence) && is_against(&decision)) {
            return decision;
        }
        evidence = self.closer_look.look(&suspect, evidence, home, Instant::now() + LONGEST_TO_SHOW).await;
        self.decide(&pointer, service, observed, &evidence, now)
    }

    /// Observes the service, with its history as far back as the rollback limit counts. Concurrently takes the closer look for
    /// the first signal that seems to need a rollback. Returns that signal's number with the evidence.
    async fn observe(
        &self,
        account: &Account,
        task: &Task<'_>,
        pointers: &[Pointer],
    ) -> Result<(Observation, Option<(usize, Evidence)>), CallError> {
        let Task { service, home, now, budget } = task;
        let window = self.policy.limit.as_ref().map(|limit| limit.window).unwrap_or_default();
        let since = now.checked_sub(window).unwrap_or(*now);
        let pace = budget.is_paced.then_some(&account.looks);
        let observer = Observer { ecs: &account.ecs, service, since, pace };
        let listed = observer.list().await?;
        let at_first_sight = self.closer_look.is_on.then(|| listed.at_first_sight()).flatten();
        let ahead = at_first_sight.as_ref().and_then(|observed| {
            pointers.iter().enumerate().find_map(|(number, pointer)| {
                let evidence = pointer.evidence();
                let suspect = pointer.suspect(service, observed);
                let may_help = self.closer_look.may_help(&suspect, &evidence);
                let is_needed = may_help && is_against(&self.decide(pointer, service, observed, &evidence, *now));
                is_needed.then_some((number, suspect, evidence))
            })
        });
        let closer = async {
            let (number, suspect, evidence) = ahead?;
            Some((number, self.closer_look.look(&suspect, evidence, home, budget.decide_by).await))
        };
        let (described, ahead) = join(Box::pin(observer.describe(listed)), Box::pin(closer)).await;
        Ok((described?, ahead))
    }

    /// The verdicts based on an earlier look, if all of them leave the service alone. What would be rolled back, were it not for
    /// observe mode, needs a new look, too: a remembered one lacks the history that shows a way back.
    fn remembered(&self, service: &Service, pointers: &[Pointer], now: Timestamp) -> Option<Vec<Verdict>> {
        let looks = self.looks();
        let (observed, at) = looks.of(service, now)?;
        pointers
            .iter()
            .map(|pointer| match self.decide(pointer, service, observed, &pointer.evidence(), now) {
                decision if is_against(&decision) => None,
                Decision::LeaveAlone(verdict) if pointer.signal.began.is_some_and(|began| began <= at) => Some(verdict),
                _ => None,
            })
            .collect()
    }

    fn remember_request(&self, signal: &Signal, verdict: &Verdict) {
        let requested = verdict.deployment.as_deref().filter(|_| verdict.outcome() == Outcome::RolledBack);
        if let (Some(deployment), Some(began)) = (requested, signal.began) {
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).remember(deployment, began);
        }
    }

    fn looks(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pointer {
    fn entry(&self, service: &Service, verdict: Verdict) -> Entry {
        Entry::of_service(&self.signal, service, self.found_by, verdict)
    }

    /// The evidence before a closer look.
    fn evidence(&self) -> Evidence {
        match &self.troubles {
            Some(troubles) => Evidence { troubles: troubles.clone(), is_looked_up: true, ..Evidence::default() },
            None => Evidence::of(&self.signal),
        }
    }

    fn suspect<'a>(&'a self, service: &'a Service, observed: &'a Observation) -> Suspect<'a> {
        let deployment = observed.candidate.as_ref().map(|candidate| &candidate.deployment);
        Suspect {
            signal: &self.signal,
            service,
            revision: deployment.and_then(ServiceDeployment::revision),
            began: deployment.and_then(ServiceDeployment::began),
        }
    }
}

/// Checks that a decision is to roll back, also in observe mode.
fn is_against(decision: &Decision) -> bool {
    match decision {
        Decision::RollBack(_) => true,
        Decision::LeaveAlone(verdict) => verdict.reason == Reason::ObserveMode,
    }
}

/// The verdict on a service that no role of this partition can reach.
fn unreached(service: &Service) -> Verdict {
    let detail = format!("{service} is in another partition of AWS, which no role of this one reaches.");
    Verdict::new(Reason::ForeignAccount, detail)
}

/// The verdict for a later signal in the batch when the rollback was already requested.
fn again(service: &Service, earlier: &Verdict) -> Verdict {
    if earlier.outcome() != Outcome::RolledBack {
        return earlier.clone();
    }
    let detail = format!("Another signal in this batch already triggered the rollback of {service}.");
    Verdict { reason: Reason::AlreadyRollingBack, detail, deployment: earlier.deployment.clone() }
}

fn timed_out(service: &Service) -> Verdict {
    Verdict::new(Reason::Unreachable, format!("Timed out waiting for ECS while handling {service}."))
}
