//! Every call that the function makes, failing in every way, at the first, the second and the third time that it is made, once,
//! twice and for good. What may come of it follows from one rule, [`Way::allows`].

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

/// Where the function is when a call fails, and what it is about to do there: two services, so that every call is made twice.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scene {
    /// The event names both services.
    Named,
    /// Both wait at a PAUSE hook.
    Paused,
    /// A look-up leads to both, from this alarm.
    LookedUp(LookUp),
    /// Both are in another account.
    Elsewhere,
    /// The event names both services, and people are notified.
    Notified,
    /// The event names both services, and this is looked at more closely.
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

/// All calls that the function makes, each in the scenes where it makes it.
const CALLS: [(Scene, Operation, Purpose); 30] = [
    (Scene::Named, Operation::DescribeServices, Purpose::Service),
    (Scene::Named, Operation::ListServiceDeployments, Purpose::Deployments),
    (Scene::Named, Operation::DescribeServiceDeployments, Purpose::Deployments),
    (Scene::Named, Operation::DescribeServiceRevisions, Purpose::Look),
    (Scene::Named, Operation::StopServiceDeployment, Purpose::RollBack),
    (Scene::Paused, Operation::DescribeServices, Purpose::Service),
    (Scene::Paused, Operation::ListServiceDeployments, Purpose::Deployments),
    (Scene::Paused, Operation::DescribeServiceDeployments, Purpose::Deployments),
    (Scene::Paused, Operation::ContinueServiceDeployment, Purpose::RollBack),
    (Scene::LookedUp(LookUp::Tags), Operation::ListTagsForAlarm, Purpose::Find),
    (Scene::LookedUp(LookUp::Contributors), Operation::DescribeAlarmContributors, Purpose::Find),
    (Scene::LookedUp(LookUp::Children), Operation::DescribeAlarms, Purpose::Find),
    (Scene::LookedUp(LookUp::TargetGroup), Operation::ListClusters, Purpose::Find),
    (Scene::LookedUp(LookUp::TargetGroup), Operation::ListServices, Purpose::Find),
    (Scene::LookedUp(LookUp::TargetGroup), Operation::DescribeServices, Purpose::FindAndService),
    (Scene::LookedUp(LookUp::LoadBalancer), Operation::DescribeTargetGroups, Purpose::Find),
    (Scene::LookedUp(LookUp::LoadBalancer), Operation::StopServiceDeployment, Purpose::RollBack),
    (Scene::Elsewhere, Operation::AssumeRole, Purpose::Role),
    (Scene::Elsewhere, Operation::DescribeServices, Purpose::Service),
    (Scene::Elsewhere, Operation::StopServiceDeployment, Purpose::RollBack),
    (Scene::Closer(Look::Alarm), Operation::DescribeAlarms, Purpose::Look),
    (Scene::Closer(Look::Contributors), Operation::DescribeAlarmContributors, Purpose::Look),
    (Scene::Closer(Look::Minutes), Operation::GetMetricData, Purpose::Look),
    (Scene::Closer(Look::Tasks), Operation::ListTasks, Purpose::Look),
    (Scene::Closer(Look::Tasks), Operation::DescribeTasks, Purpose::Look),
    (Scene::Notified, Operation::DescribeServiceRevisions, Purpose::Notify),
    (Scene::Notified, Operation::ListTasks, Purpose::Notify),
    (Scene::Notified, Operation::DescribeTasks, Purpose::Notify),
    (Scene::Notified, Operation::Publish, Purpose::Notify),
    (Scene::Notified, Operation::PutEvents, Purpose::Notify),
];

const OTHER_ACCOUNT: &str = "444455556666";
const GROUP: &str = "targetgroup/web/4b5e57f6eb2f42b9";

/// A scene that is set: `prod/web` and `prod/cart` with a deployment in flight each.
struct Stage {
    world: World,
    /// The other account, if it plays there.
    there: Option<Network>,
    deployments: BTreeSet<String>,
}

impl Stage {
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

impl Scene {
    fn set(self) -> Stage {
        let ways = match self {
            Self::Named | Self::Paused | Self::Notified | Self::Elsewhere => "none",
            Self::LookedUp(LookUp::Tags) => "alarm-tags",
            Self::LookedUp(LookUp::Contributors) | Self::Closer(_) => "evidence",
            Self::LookedUp(LookUp::Children) => "composite-children",
            Self::LookedUp(LookUp::TargetGroup | LookUp::LoadBalancer) => "target-groups",
        };
        let mut variables = vec![("ROLLBACK_LOOK_UPS", ways), ("ROLLBACK_LOAD_BALANCER_ALARMS", "every-service")];
        if self == Self::Elsewhere {
            variables.extend([("ROLLBACK_ROLE_NAME", "spoke"), ("ROLLBACK_ACCOUNTS", OTHER_ACCOUNT)]);
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
            ServiceSeed::new(service).deployed("app:41").with(deployment).behind(&group)
        };
        let there = (self == Self::Elsewhere).then(|| world.add_account(OTHER_ACCOUNT, REGION, seed("prod/bystander")));
        let mut stage = Stage { world, there, deployments: BTreeSet::new() };
        for service in ["prod/web", "prod/cart"] {
            let planted = stage.aws().ecs.plant(seed(service));
            stage.deployments.insert(planted.deployment().to_owned());
        }
        stage
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

/// The answer to one failure, held against all that must be so.
async fn try_out(scene: Scene, (call, purpose): (Operation, Purpose), way: Way, skip: u32, times: u32) -> bool {
    let case = format!("{scene:?}, {call}, {way:?}, after {skip}, {times} times");
    let stage = scene.set();
    let fault = fault(way).on(call).skip(skip).times(times);
    stage.inject(&fault);
    let began = Instant::now();
    let report = stage.world.report(&scene.event()).await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(25), "{case}: {took:?}");

    let calls = stage.calls();
    let of_call = calls.iter().filter(|made| made.action() == call.action()).count();
    let struck = of_call > skip as usize;
    let asked = |made: &&simulator::Call| {
        made.operation == "StopServiceDeployment" || made.operation == "ContinueServiceDeployment"
    };
    let stopped = |made: &simulator::Call| made.body["serviceDeploymentArn"].as_str().map(str::to_owned);
    let asked_for: BTreeSet<String> = calls.iter().filter(asked).filter_map(stopped).collect();
    let accepted: Vec<String> = calls.iter().filter(|made| made.accepted).filter_map(stopped).collect();
    let once: BTreeSet<String> = accepted.iter().cloned().collect();
    assert!(asked_for.is_subset(&stage.deployments), "{case}: {asked_for:?}");
    assert_eq!(accepted.len(), once.len(), "{case}: each is rolled back once");

    let entries: Vec<_> = report.entries().cloned().collect();
    let named: BTreeSet<_> = entries.iter().filter_map(|entry| entry.service().map(|it| it.name.clone())).collect();
    let found = entries.iter().filter(|entry| entry.service().is_some()).count();
    let is_found = named == BTreeSet::from(["web".to_owned(), "cart".to_owned()]) && entries.len() == 2;
    let is_lost = found == 0 && entries.len() == 1 && matches!(purpose, Purpose::Find | Purpose::FindAndService);
    assert!(is_found || is_lost, "{case}: one entry for each service, or one for none: {entries:?}");

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
    // What is said to be rolled back is, unless somebody else answered in the place of ECS.
    if !matches!(way, Way::Http(200, _)) {
        let said = entries.iter().filter(|entry| rolled_back.contains(&entry.reason())).count();
        assert!(said <= accepted.len(), "{case}: {said} are said to be rolled back, and {accepted:?} are");
    }
    struck
}

/// Tries every call of the scenes.
fn try_all(is_here: impl Fn(Scene) -> bool) {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    for (scene, call, purpose) in CALLS.into_iter().filter(|(scene, ..)| is_here(*scene)) {
        let mut struck = 0;
        for way in ways() {
            for skip in 0..3 {
                for times in [1, 2, u32::MAX] {
                    let tried = try_out(scene, (call, purpose), way, skip, times);
                    struck += usize::from(runtime().expect("a runtime").block_on(tried));
                }
            }
        }
        assert!(struck >= ways().len() * 3, "{scene:?} makes the call {call}");
    }
}

#[test]
fn every_call_for_services_that_are_named_failing_in_every_way_at_every_step() {
    try_all(|scene| scene == Scene::Named);
}

#[test]
fn every_call_at_a_pause_hook_failing_in_every_way_at_every_step() {
    try_all(|scene| scene == Scene::Paused);
}

#[test]
fn every_call_of_a_look_up_failing_in_every_way_at_every_step() {
    try_all(|scene| matches!(scene, Scene::LookedUp(_)));
}

#[test]
fn every_call_to_another_account_failing_in_every_way_at_every_step() {
    try_all(|scene| scene == Scene::Elsewhere);
}

#[test]
fn every_call_of_a_closer_look_failing_in_every_way_at_every_step() {
    try_all(|scene| matches!(scene, Scene::Closer(_)));
}

#[test]
fn every_call_to_notify_people_failing_in_every_way_at_every_step() {
    try_all(|scene| scene == Scene::Notified);
}

/// The calls that are tried are those that the function's role allows, no more and no fewer.
#[test]
fn no_call_is_left_out() {
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
