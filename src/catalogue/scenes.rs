//! Invocations in which every call is made and every line is logged.

use std::{collections::BTreeSet, sync::MutexGuard, time::Duration};

use judgement::Location;
use serde_json::{Value, json};
use signals::{ACCOUNT, ACTING, Alarm, Metric, NOW, REGION, at, sqs};
use simulator::{
    Alarm as SimulatedAlarm, Aws, DeploymentSeed, Fault, Home, Operation, ServiceSeed, Stage, sdk::Network,
};
use tracing_subscriber::layer::SubscriberExt;

use super::recorder::Recorder;
use crate::{Function, Invocation, Report, Settings};

const TOPIC: (&str, &str) = ("ROLLBACK_NOTICE_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:on-call");
const BUS: (&str, &str) = ("ROLLBACK_NOTICE_EVENT_BUS_NAME", "ops");
const OTHER_ACCOUNT: &str = "444455556666";

/// The results of the scenes.
pub(super) struct Scenes {
    pub(super) reports: Vec<Report>,
    pub(super) recorded: Recorder,
    /// The source and the type of the events that are put on the event bus.
    pub(super) put: Value,
}

impl Scenes {
    pub(super) async fn play() -> Self {
        let recorded = Recorder::default();
        let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(recorded.clone()));
        let (mut reports, put) = rollback_with_notices().await;
        reports.extend(rollback_at_a_pause_hook().await);
        reports.extend(look_ups().await);
        reports.extend(other_account().await);
        reports.extend(what_goes_wrong().await);
        Self { reports, recorded, put }
    }
}

/// The function with these environment variables, and the simulated account that it works in.
pub(super) struct Scene {
    network: Network,
    function: Function,
}

impl Scene {
    pub(super) fn with(variables: &[(&str, &str)]) -> Self {
        let network = Network::to(Aws::new(Home::default(), NOW.parse().expect("a time")));
        let look_up = |name: &str| {
            variables.iter().chain(&ACTING).find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let settings = Settings::read(look_up).expect("settings that are right");
        Self { function: Function::new(settings, network.config()), network }
    }

    pub(super) fn aws(&self) -> MutexGuard<'_, Aws> {
        self.network.lock()
    }

    pub(super) async fn report(&self, event: &Value) -> Report {
        let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:ecs-auto-rollback");
        let home = Location::of_function(&function, REGION);
        let invocation = Invocation { home, now: self.aws().now(), time_left: None };
        self.function.handle(event, &invocation).await
    }

    /// Advances ECS until a rollback has ended, and invokes the function with the events that ECS sends meanwhile.
    async fn go_on(&self) -> Report {
        self.aws().ecs.take_events();
        tokio::time::sleep(Duration::from_mins(5)).await;
        let events = self.aws().ecs.take_events();
        self.report(&sqs(events)).await
    }
}

/// A service with a deployment in flight, one of whose tasks has stopped.
fn web() -> ServiceSeed {
    ServiceSeed::new("prod/web").deployed("app:41").with(crashing())
}

fn crashing() -> DeploymentSeed {
    DeploymentSeed::of("app:42").stopped_task("Essential container in task exited", Some(1))
}

fn alarm() -> Value {
    Alarm::on("prod/web").as_action()
}

async fn rollback_with_notices() -> (Vec<Report>, Value) {
    let scene = Scene::with(&[TOPIC, BUS, ("ROLLBACK_FOLLOW_DEPLOYMENTS", "outcomes-and-unprotected")]);
    // With several good deployments before, the alarm's history is read.
    let before = ["app:37", "app:38", "app:39"].into_iter().fold(ServiceSeed::new("prod/web"), ServiceSeed::deployed);
    scene.aws().ecs.plant(before.deployed("app:41").with(crashing()));
    let mut reports = vec![scene.report(&alarm()).await, scene.go_on().await];
    scene.aws().ecs.deploy("prod/web", "app:42");
    reports.push(scene.go_on().await);
    let aws = scene.aws();
    let kind = |put: &Value| (put["Source"].to_string(), put["DetailType"].to_string());
    let kinds: BTreeSet<(String, String)> = aws.eventbridge.put.iter().map(kind).collect();
    assert_eq!(kinds.len(), 1, "{kinds:?}");
    let put = &aws.eventbridge.put[0];
    (reports, json!({"source": put["Source"], "detailType": put["DetailType"]}))
}

async fn rollback_at_a_pause_hook() -> Vec<Report> {
    let scene = Scene::with(&[]);
    let paused = DeploymentSeed::of("app:42").paused_by("ecs-pause-1", Stage::PostTestTrafficShift);
    scene.aws().ecs.plant(ServiceSeed::new("prod/web").deployed("app:41").with(paused));
    vec![scene.report(&alarm()).await]
}

async fn look_ups() -> Vec<Report> {
    let ways = "alarm-tags composite-children load-balancers deployment-alarms evidence";
    let scene = Scene::with(&[("ROLLBACK_LOOK_UPS", ways)]);
    let group = format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/web/4b5e57f6eb2f42b9");
    let balancer = format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/shop/1");
    {
        let mut aws = scene.aws();
        aws.ecs.plant(web().behind(&group));
        aws.ecs.plant(ServiceSeed::new("prod/cart").deployed("app:41").deploying("app:42"));
        aws.load_balancing.put_load_balancer(&balancer, &[&group]);
        aws.cloudwatch.put_alarm(SimulatedAlarm::metric("web").on_service("prod/web").in_alarm());
    }
    let of_load_balancer = Alarm::of(Metric::of_load_balancer("app/shop/1"));
    // Its one datapoint begins before the deployment and ends after it.
    let straddling = Alarm::on("prod/cart").period(300).since(at("11:53:30")).datapoints([(at("11:48:00"), 90.0)]);
    let of_many_series = Alarm::of_insights("SELECT MAX(Errors) FROM Shop GROUP BY ClusterName, ServiceName");
    vec![
        scene.report(&Alarm::composite("ALARM(\"web\")").as_action()).await,
        scene.report(&of_load_balancer.as_action()).await,
        scene.report(&straddling.as_action()).await,
        scene.report(&of_many_series.as_action()).await,
    ]
}

async fn other_account() -> Vec<Report> {
    let scene = Scene::with(&[("ROLLBACK_SPOKE_ROLE_NAME", "spoke"), ("ROLLBACK_ACCOUNTS", OTHER_ACCOUNT)]);
    scene.aws().sts.trust(&format!("arn:aws:iam::{OTHER_ACCOUNT}:role/spoke"), None);
    let home = Home { account: OTHER_ACCOUNT.to_owned(), ..Home::default() };
    let mut other = Aws::new(home, scene.aws().now());
    other.ecs.plant(web());
    // The network keeps the account.
    let _ = scene.network.add(other);
    vec![scene.report(&Alarm::on("prod/web").in_account(OTHER_ACCOUNT).as_action()).await]
}

async fn what_goes_wrong() -> Vec<Report> {
    let refused = |operation| Fault::exception("AccessDeniedException", "no").on(operation);
    let scene = Scene::with(&[TOPIC, BUS]);
    {
        let mut aws = scene.aws();
        aws.ecs.plant(web());
        aws.ecs.plant(ServiceSeed::new("prod/cart").deployed("app:41").deploying("app:42"));
        aws.inject(Fault::exception("AuthorizationError", "no").on(Operation::Publish));
        aws.inject(refused(Operation::DescribeServiceRevisions));
        let conflict = Fault::exception("ConflictException", "no");
        aws.inject(conflict.on(Operation::StopServiceDeployment).service("prod/cart"));
    }
    let mut reports = vec![
        scene.report(&sqs(["no event"])).await,
        scene.report(&Alarm::on("prod/cart").as_action()).await,
        scene.report(&alarm()).await,
    ];
    scene.aws().inject(refused(Operation::ListServiceDeployments));
    reports.push(scene.go_on().await);
    reports
}
