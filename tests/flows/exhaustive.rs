//! Fails every call that the function makes, in every way, at the first, second and third time that it is made, once, twice
//! and permanently. One rule gives the allowed results: [`Way::allows`].

mod failures;

use std::{collections::BTreeSet, sync::MutexGuard, time::Duration};

use judgement::{Outcome, Reason};
use lambda_runtime::Diagnostic;
use serde_json::Value;
use signals::{ACCOUNT, Alarm, EcsEvent, Metric, REGION, at, sns};
use simulator::{
    Alarm as SimulatedAlarm, Aws, Contributor, DeploymentSeed, Fault, Operation, ServiceSeed,
    Stage::PostTestTrafficShift, sdk::Network,
};
use tokio::time::Instant;

use self::failures::{Purpose, Way, fault, ways};
use crate::{
    notices::{BUS, TOPIC},
    support::World,
};

/// The situation in which a call fails. Each has two services, so that every call is made twice.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scenario {
    /// The event names both services.
    Named,
    /// Both wait at a PAUSE hook.
    Paused,
    /// A look-up leads to both, from this alarm.
    LookedUp(LookUp),
    /// Both are in another account.
    Elsewhere,
    /// The event names both services, and notices are on.
    Notified,
    /// The event names both services, and needs this closer look.
    Closer(Look),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Look {
    Alarm,
    Contributors,
    Minutes,
    Tasks,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum LookUp {
    Tags,
    Contributors,
    Children,
    TargetGroup,
    LoadBalancer,
}

/// All calls that the function makes, each in the scenarios where it makes it.
const CALLS: [(Scenario, Operation, Purpose); 31] = [
    (Scenario::Named, Operation::DescribeServices, Purpose::Service),
    (Scenario::Named, Operation::ListServiceDeployments, Purpose::Deployments),
    (Scenario::Named, Operation::DescribeServiceDeployments, Purpose::Deployments),
    (Scenario::Named, Operation::DescribeServiceRevisions, Purpose::Look),
    (Scenario::Named, Operation::StopServiceDeployment, Purpose::RollBack),
    (Scenario::Paused, Operation::DescribeServices, Purpose::Service),
    (Scenario::Paused, Operation::ListServiceDeployments, Purpose::Deployments),
    (Scenario::Paused, Operation::DescribeServiceDeployments, Purpose::Deployments),
    (Scenario::Paused, Operation::ContinueServiceDeployment, Purpose::RollBack),
    (Scenario::LookedUp(LookUp::Tags), Operation::ListTagsForAlarm, Purpose::Find),
    (Scenario::LookedUp(LookUp::Contributors), Operation::DescribeAlarmContributors, Purpose::Find),
    (Scenario::LookedUp(LookUp::Children), Operation::DescribeAlarms, Purpose::Find),
    (Scenario::LookedUp(LookUp::TargetGroup), Operation::ListClusters, Purpose::Find),
    (Scenario::LookedUp(LookUp::TargetGroup), Operation::ListServices, Purpose::Find),
    (Scenario::LookedUp(LookUp::TargetGroup), Operation::DescribeServices, Purpose::FindAndService),
    (Scenario::LookedUp(LookUp::LoadBalancer), Operation::DescribeTargetGroups, Purpose::Find),
    (Scenario::LookedUp(LookUp::LoadBalancer), Operation::StopServiceDeployment, Purpose::RollBack),
    (Scenario::Elsewhere, Operation::AssumeRole, Purpose::Role),
    (Scenario::Elsewhere, Operation::DescribeServices, Purpose::Service),
    (Scenario::Elsewhere, Operation::StopServiceDeployment, Purpose::RollBack),
    (Scenario::Closer(Look::Alarm), Operation::DescribeAlarms, Purpose::Look),
    (Scenario::Closer(Look::Contributors), Operation::DescribeAlarmContributors, Purpose::Look),
    (Scenario::Closer(Look::Minutes), Operation::GetMetricData, Purpose::Look),
    (Scenario::Closer(Look::Tasks), Operation::ListTasks, Purpose::Look),
    (Scenario::Closer(Look::Tasks), Operation::DescribeTasks, Purpose::Look),
    (Scenario::Notified, Operation::DescribeServiceRevisions, Purpose::Notify),
    (Scenario::Notified, Operation::DescribeAlarmHistory, Purpose::Notify),
    (Scenario::Notified, Operation::ListTasks, Purpose::Notify),
    (Scenario::Notified, Operation::DescribeTasks, Purpose::Notify),
    (Scenario::Notified, Operation::Publish, Purpose::Notify),
    (Scenario::Notified, Operation::PutEvents, Purpose::Notify),
];

const OTHER_ACCOUNT: &str = "444455556666";
const GROUP: &str = "targetgroup/web/4b5e57f6eb2f42b9";

/// A scenario that is set up: `prod/web` and `prod/cart`, each with a deployment in flight.
struct Setup {
    world: World,
    /// The other account, if the services are there.
    there: Option<Network>,
    deployments: BTreeSet<String>,
}

impl Setup {
    /// The account of the services.
    fn aws(&self) -> MutexGuard<'_, Aws> {
        self.there.as_ref().map_or_else(|| self.world.aws(), Network::lock)
    }

    fn inject(&self, fault: &Fault) {
        self.world.aws().inject(fault.clone());
        if let Some(there) = &self.there {
            there.lock().inject(fault.clone());
        }
    }

    /// The calls that were made in all accounts.
    fn calls(&self) -> Vec<simulator::Call> {
        let here = self.world.aws().calls().to_vec();
        let there = self.there.as_ref().map(|there| there.lock().calls().to_vec());
        here.into_iter().chain(there.into_iter().flatten()).collect()
    }
}

impl Scenario {
    fn set_up(self) -> Setup {
        let ways = match self {
            Self::Named | Self::Paused | Self::Notified | Self::Elsewhere => "none",
            Self::LookedUp(LookUp::Tags) => "alarm-tags",
            Self::LookedUp(LookUp::Contributors) | Self::Closer(_) => "evidence",
            Self::LookedUp(LookUp::Children) => "composite-children",
            Self::LookedUp(LookUp::TargetGroup | LookUp::LoadBalancer) => "load-balancers",
        };
        let mut variables = vec![("ROLLBACK_LOOK_UPS", ways)];
        if self == Self::Elsewhere {
            variables.extend([("ROLLBACK_SPOKE_ROLE_NAME", "spoke"), ("ROLLBACK_ACCOUNTS", OTHER_ACCOUNT)]);
        }
        if self == Self::Notified {
            variables.extend([TOPIC, BUS]);
        }
        let world = World::with(&variables);
        let group = format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:{GROUP}");
        let mut aws = world.aws();
        let silent = SimulatedAlarm::metric("web-5xx").tagged("auto-rollback:services", "prod/web prod/cart");
        aws.cloudwatch.put_alarm(silent.in_alarm().since(at("11:55:00")));
        let mut any = SimulatedAlarm::metrics_insights("any-service", "SELECT 1", 60).in_alarm();
        for name in ["web", "cart"] {
            let child = SimulatedAlarm::metric(name).on_service(&format!("prod/{name}")).in_alarm();
            aws.cloudwatch.put_alarm(child.since(at("11:55:00")));
            let attributes = [("ClusterName", "prod"), ("ServiceName", name)];
            any = any.contributor(Contributor::of(&attributes).since(at("11:55:00")));
        }
        aws.cloudwatch.put_alarm(any);
        let balancer = format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/shop/1");
        aws.load_balancing.put_load_balancer(&balancer, &[&group]);
        aws.sts.trust(&format!("arn:aws:iam::{OTHER_ACCOUNT}:role/spoke"), None);
        drop(aws);
        let seed = |service: &str| {
            let deployment = DeploymentSeed::of("app:42");
            let deployment = match self {
                Self::Paused => deployment.paused_by("ecs-pause-1", PostTestTrafficShift),
                _ => deployment,
            };
            let deployment = deployment.stopped_task("Essential container in task exited", Some(1));
            // With several good deployments before, a notice reads the alarm's history.
            let good =
                ["app:39", "app:40", "app:41"].into_iter().fold(ServiceSeed::new(service), ServiceSeed::deployed);
            good.with(deployment).behind(&group)
        };
        let there = (self == Self::Elsewhere).then(|| world.add_account(OTHER_ACCOUNT, REGION, seed("prod/bystander")));
        let mut setup = Setup { world, there, deployments: BTreeSet::new() };
        for service in ["prod/web", "prod/cart"] {
            let planted = setup.aws().ecs.plant(seed(service));
            setup.deployments.insert(planted.deployment().to_owned());
        }
        setup
    }

    fn event(self) -> Value {
        let silent = Alarm::of(Metric::new("Shop", "Errors")).named("web-5xx");
        let any = Alarm::of_insights("SELECT 1").named("any-service");
        let both = |alarm: Alarm| alarm.tagged_with_services("prod/web prod/cart");
        let alarm = match self {
            Self::Closer(Look::Alarm) => return sns([both(silent).as_notification()]),
            Self::Closer(Look::Tasks) => {
                let impaired = |service| EcsEvent::service_action(service, "SERVICE_TASK_START_IMPAIRED").as_json();
                return sns(["prod/web", "prod/cart"].map(impaired));
            }
            Self::Closer(Look::Contributors) => both(any.contributor([("Color", "blue")])),
            Self::Closer(Look::Minutes) => {
                both(silent).above(100.0).period(300).since(at("11:53:30")).datapoints([(at("11:48:00"), 400.0)])
            }
            Self::Named | Self::Paused | Self::Notified => both(silent),
            Self::LookedUp(LookUp::Tags) => silent,
            Self::LookedUp(LookUp::Contributors) => any,
            Self::LookedUp(LookUp::Children) => Alarm::composite("ALARM(\"web\") OR ALARM(\"cart\")"),
            Self::LookedUp(LookUp::TargetGroup) => Alarm::of(Metric::of_target_group("app/shop/1", GROUP)),
            Self::LookedUp(LookUp::LoadBalancer) => Alarm::of(Metric::of_load_balancer("app/shop/1")),
            Self::Elsewhere => both(silent).in_account(OTHER_ACCOUNT),
        };
        alarm.as_action()
    }
}

/// Injects one failure and checks the result. Returns `true` if the failure struck a call.
async fn try_out(scenario: Scenario, (call, purpose): (Operation, Purpose), way: Way, skip: u32, times: u32) -> bool {
    let case = format!("{scenario:?}, {call}, {way:?}, after {skip}, {times} times");
    let setup = scenario.set_up();
    let fault = fault(way).on(call).skip(skip).times(times);
    setup.inject(&fault);
    let began = Instant::now();
    let report = setup.world.report(&scenario.event()).await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(25), "{case}: {took:?}");

    let calls = setup.calls();
    let of_call = calls.iter().filter(|made| made.action() == call.action()).count();
    let struck = of_call > skip as usize;
    let asked = |made: &&simulator::Call| {
        made.operation == "StopServiceDeployment" || made.operation == "ContinueServiceDeployment"
    };
    let stopped = |made: &simulator::Call| made.body["serviceDeploymentArn"].as_str().map(str::to_owned);
    let asked_for: BTreeSet<String> = calls.iter().filter(asked).filter_map(stopped).collect();
    let accepted: Vec<String> = calls.iter().filter(|made| made.accepted).filter_map(stopped).collect();
    let once: BTreeSet<String> = accepted.iter().cloned().collect();
    assert!(asked_for.is_subset(&setup.deployments), "{case}: {asked_for:?}");
    assert_eq!(accepted.len(), once.len(), "{case}: each deployment is rolled back once");

    let entries: Vec<_> = report.entries().cloned().collect();
    let named: BTreeSet<_> = entries.iter().filter_map(|entry| entry.service().map(|it| it.name.clone())).collect();
    let found = entries.iter().filter(|entry| entry.service().is_some()).count();
    let is_found = named == BTreeSet::from(["web".to_owned(), "cart".to_owned()]) && entries.len() == 2;
    let is_lost = found == 0 && entries.len() == 1 && matches!(purpose, Purpose::Find | Purpose::FindAndService);
    assert!(is_found || is_lost, "{case}: one entry for each service, or one without a service: {entries:?}");

    let rolled_back = [Reason::StopRequested, Reason::ContinueRequested];
    let allowed = if struck { way.allows(purpose, times) } else { rolled_back.to_vec() };
    for entry in &entries {
        assert!(allowed.contains(&entry.reason()), "{case}: {entry:?} is not among {allowed:?}");
    }
    // A failure fails the invocation under its own name, and nothing else does.
    let worst =
        entries.iter().filter(|entry| entry.outcome() == Outcome::Failed).map(ecs_auto_rollback::Entry::reason).min();
    let error_type = report.into_response().err().map(|error| Diagnostic::from(error).error_type);
    assert_eq!(error_type, worst.map(Reason::error_type), "{case}");
    // Each reported rollback happened, unless the answer was not ECS's own.
    if !matches!(way, Way::Http(200, _)) {
        let said = entries.iter().filter(|entry| rolled_back.contains(&entry.reason())).count();
        assert!(said <= accepted.len(), "{case}: {said} rollbacks are reported, and {accepted:?} happened");
    }
    struck
}

/// Fails every call of these scenarios in every way.
fn try_all(is_here: impl Fn(Scenario) -> bool) {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    for (scenario, call, purpose) in CALLS.into_iter().filter(|(scenario, ..)| is_here(*scenario)) {
        let mut struck = 0;
        for way in ways() {
            for skip in 0..3 {
                for times in [1, 2, u32::MAX] {
                    let tried = try_out(scenario, (call, purpose), way, skip, times);
                    struck += usize::from(runtime().expect("a runtime").block_on(tried));
                }
            }
        }
        assert!(struck >= ways().len() * 3, "{scenario:?} makes the call {call}");
    }
}

#[test]
fn any_failure_of_a_call_for_named_services_has_an_allowed_result() {
    try_all(|scenario| scenario == Scenario::Named);
}

#[test]
fn any_failure_of_a_call_at_a_pause_hook_has_an_allowed_result() {
    try_all(|scenario| scenario == Scenario::Paused);
}

#[test]
fn any_failure_of_a_look_up_has_an_allowed_result() {
    try_all(|scenario| matches!(scenario, Scenario::LookedUp(_)));
}

#[test]
fn any_failure_of_a_call_to_another_account_has_an_allowed_result() {
    try_all(|scenario| scenario == Scenario::Elsewhere);
}

#[test]
fn any_failure_of_a_closer_look_has_an_allowed_result() {
    try_all(|scenario| matches!(scenario, Scenario::Closer(_)));
}

#[test]
fn any_failure_of_a_notice_has_an_allowed_result() {
    try_all(|scenario| scenario == Scenario::Notified);
}

#[test]
fn the_calls_that_are_failed_are_exactly_those_that_the_role_allows() {
    let tried: BTreeSet<String> = CALLS.iter().map(|(_, call, _)| call.action()).collect();
    let path = format!("{}/template.yaml", env!("CARGO_MANIFEST_DIR"));
    let template = std::fs::read_to_string(path).expect("the template");
    let prefixes: BTreeSet<&str> = CALLS.iter().map(|(_, call, _)| call.api().prefix()).collect();
    let allowed: BTreeSet<String> = template
        .lines()
        .filter_map(|line| {
            let line = line.trim_start();
            let action = line.strip_prefix("Action: ").or_else(|| line.strip_prefix("- "))?;
            let (prefix, _) = action.split_once(':').filter(|(_, name)| name.chars().all(char::is_alphanumeric))?;
            prefixes.contains(prefix).then(|| action.to_owned())
        })
        .collect();
    assert_eq!(tried, allowed);
}
