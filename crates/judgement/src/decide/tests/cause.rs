//! Rows 11 to 14: deployments that cannot be the cause.

use super::*;
use crate::{
    evidence::{Stop, Trouble},
    observation::Revision,
    signal::{Alarm, Child, Composite, Metric, Query, Reads},
};

#[test]
fn rows_11_and_12_leave_alone_a_deployment_that_is_younger_than_the_signal_or_its_trouble() {
    let signal = |began: &str, run: &str| Signal { began: Some(at(began)), run: minute_to(run), ..alarm() };
    let named = Signal { began: Some(at("11:40:00")), run: minute_to("11:39:00"), ..about_revision("0042") };
    let person = Signal { began: Some(at("11:40:00")), ..request() };
    for (signal, skew, expected) in [
        (signal("11:49:59", ""), "0", "signal-predates-deployment"),
        (signal("11:50:00", ""), "0", "stop"),
        (signal("11:49:59", ""), "1", "stop"),
        (signal("11:49:58", ""), "1", "signal-predates-deployment"),
        (signal("11:55:00", "11:49:59"), "0", "evidence-predates-deployment"),
        (signal("11:55:00", "11:50:00"), "0", "evidence-predates-deployment"),
        (signal("11:55:00", "11:50:05"), "0", "evidence-predates-deployment"),
        (signal("11:55:00", "11:50:06"), "0", "stop"),
        (signal("11:55:00", "11:50:01"), "5", "stop"),
        (named, "0", "stop"),
        (person, "0", "stop"),
    ] {
        let decided = decided(&signal, &observed(), ("ClockSkewSeconds", skew));
        assert_eq!(decided, expected, "{signal:?} with a skew of {skew}");
    }
}

#[test]
fn a_deployment_begins_when_it_is_started_or_else_when_it_is_created() {
    let started_late = candidate(|candidate| candidate.deployment.started = Some(at("11:56:00")));
    let not_started = candidate(|candidate| candidate.deployment.started = None);
    assert_eq!(decided(&alarm(), &started_late, DEFAULTS), "signal-predates-deployment");
    assert_eq!(decided(&alarm(), &not_started, DEFAULTS), "stop");
}

#[test]
fn a_pending_deployment_that_has_not_started_has_not_begun() {
    let pending = |started| {
        candidate(|candidate| {
            candidate.deployment.status = Status::Pending;
            candidate.deployment.started = started;
        })
    };
    assert_eq!(decided(&alarm(), &pending(None), DEFAULTS), "signal-predates-deployment");
    assert_eq!(decided(&alarm(), &pending(Some(at("11:50:00"))), DEFAULTS), "stop");
    assert_eq!(decided(&about_revision("0042"), &pending(None), DEFAULTS), "stop");
    assert_eq!(decided(&request(), &pending(None), DEFAULTS), "stop");
    assert_eq!(
        left_alone(&alarm(), &pending(None)),
        "Alarm \"web-5xx\" cannot be about the deployment of prod/web, which is PENDING and has not started yet."
    );
}

/// A composite alarm of the same time. Each child entered ALARM at the given time.
fn composite(children: &[(&str, &str)]) -> Signal {
    let child = |(name, since): &(&str, &str)| Child {
        arn: format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}"),
        state: "ALARM".to_owned(),
        since: Some(at(since)),
    };
    let composite = Composite { triggering: children.iter().map(child).collect(), rule: String::new() };
    let alarm_itself = Alarm { name: "shop-down".to_owned(), arn: None, composite: Some(composite) };
    Signal { run: None, clues: Clues { alarm: Some(alarm_itself), ..Clues::default() }, ..alarm() }
}

#[test]
fn a_composite_alarm_is_older_only_if_every_child_that_triggered_it_is() {
    let (old, new) = (("cart", "08:00:00"), ("web", "11:54:00"));
    assert_eq!(decided(&composite(&[old]), &observed(), DEFAULTS), "signal-predates-deployment");
    assert_eq!(decided(&composite(&[old, new]), &observed(), DEFAULTS), "stop");
    assert_eq!(
        left_alone(&composite(&[old]), &observed()),
        "Alarm \"cart\" went to ALARM at 2026-06-01T08:00:00Z, 3h 50m before the deployment of prod/web began at \
         2026-06-01T11:50:00Z."
    );
    let trouble = |name: &str, run: &str| Trouble {
        name: name.to_owned(),
        began: Some(at("11:54:00")),
        run: minute_to(run),
        queries: Vec::new(),
    };
    let looked_up = |troubles: Vec<Trouble>| Evidence { troubles, ..Evidence::default() };
    let decided = |evidence: &Evidence| decided_by(&composite(&[new]), &observed(), evidence, DEFAULTS);
    assert_eq!(decided(&looked_up(vec![trouble("web", "11:54:00")])), "stop");
    assert_eq!(decided(&looked_up(vec![trouble("web", "11:49:00")])), "evidence-predates-deployment");
    assert_eq!(decided(&looked_up(vec![trouble("web", "11:49:00"), trouble("cart", "11:54:00")])), "stop");
    assert_eq!(decided(&looked_up(Vec::new())), "stop", "nothing is known");
}

/// An alarm on a metric with these dimensions.
fn on(namespace: &str, dimensions: &[(&str, &str)]) -> Signal {
    let dimensions = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let metric = Metric { namespace: Some(namespace.to_owned()), dimensions, ..Metric::default() };
    let query = Query { id: None, account: None, period: None, returns_data: None, reads: Reads::Metric(metric) };
    Signal { clues: Clues { queries: vec![query], ..Clues::default() }, ..alarm() }
}

const BLUE: &str = "targetgroup/blue/0123456789abcdef";
const GREEN: &str = "targetgroup/green/0123456789abcdef";

/// A deployment with this strategy, and the running tasks and traffic of the new revision, which serves the green target group.
fn shifting(strategy: &str, running: Option<u32>, traffic: Option<f64>) -> Observation {
    let mut observed = candidate(|candidate| {
        candidate.strategy = Some(strategy.to_owned());
        candidate.running = running;
        candidate.production_traffic = traffic;
    });
    let revision = |arn: &str, group: &str| Revision {
        arn: arn.to_owned(),
        task_definition: None,
        images: Vec::new(),
        target_groups: vec![format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{group}")],
    };
    let candidate = observed.candidate.as_ref().expect("a candidate");
    let target = candidate.deployment.target_revision.as_ref().expect("a target");
    observed.revisions = vec![revision(target, GREEN), revision(&candidate.source_revisions[0], BLUE)];
    observed
}

#[test]
fn row_13_leaves_alone_a_deployment_whose_new_revision_does_not_serve() {
    let on_balancer = on("AWS/ApplicationELB", &[("LoadBalancer", "app/front/1")]);
    let on_green = on("AWS/ApplicationELB", &[("TargetGroup", GREEN), ("LoadBalancer", "app/front/1")]);
    let on_service = on("AWS/ECS", &[("ClusterName", "prod"), ("ServiceName", "web")]);
    let impaired =
        Signal { source: Source::Ecs, kind: Kind::Trouble, name: "SERVICE_TASK_START_IMPAIRED".to_owned(), ..alarm() };
    let (none, all) = (Some(0.0), Some(100.0));
    for (case, signal, observed, expected) in [
        ("no task runs", &on_service, shifting("BLUE_GREEN", Some(0), none), "not-serving"),
        ("no task runs", &alarm(), shifting("CANARY", Some(0), None), "not-serving"),
        ("a worker whose new tasks run", &on_service, shifting("BLUE_GREEN", Some(1), none), "stop"),
        ("no traffic yet", &on_balancer, shifting("BLUE_GREEN", Some(3), none), "not-serving"),
        ("traffic", &on_balancer, shifting("LINEAR", Some(3), Some(10.0)), "stop"),
        ("all traffic", &on_balancer, shifting("BLUE_GREEN", Some(3), all), "stop"),
        ("its own test target group", &on_green, shifting("BLUE_GREEN", Some(3), none), "stop"),
        ("its own target group without tasks", &on_green, shifting("BLUE_GREEN", Some(0), none), "not-serving"),
        ("rolling", &on_balancer, shifting("ROLLING", Some(0), none), "stop"),
        ("ECS does not say", &on_balancer, shifting("BLUE_GREEN", None, None), "stop"),
        ("a revision is named", &about_revision("0042"), shifting("BLUE_GREEN", Some(0), none), "stop"),
        ("a person", &request(), shifting("BLUE_GREEN", Some(0), none), "stop"),
        ("tasks fail", &impaired, shifting("BLUE_GREEN", Some(0), none), "stop"),
    ] {
        assert_eq!(decided(signal, &observed, DEFAULTS), expected, "{case}");
    }
    assert_eq!(
        left_alone(&on_balancer, &shifting("BLUE_GREEN", Some(3), none)),
        "Alarm \"web-5xx\" cannot be about revision 0042 of prod/web, which is deployed as \"BLUE_GREEN\": it gets no \
         production traffic yet."
    );
}

#[test]
fn row_9_leaves_alone_a_deployment_if_only_the_old_revision_serves_the_target_group() {
    let group = |group: &str| on("AWS/ApplicationELB", &[("TargetGroup", group)]);
    let after_the_shift = || shifting("BLUE_GREEN", Some(3), Some(100.0));
    assert_eq!(decided(&group(BLUE), &after_the_shift(), DEFAULTS), "different-deployment");
    assert_eq!(decided(&group(GREEN), &after_the_shift(), DEFAULTS), "stop");
    assert_eq!(decided(&group("targetgroup/other/1"), &after_the_shift(), DEFAULTS), "stop");
    let mut both = after_the_shift();
    let blue = both.revisions[1].target_groups.clone();
    both.revisions[0].target_groups.extend(blue);
    assert_eq!(decided(&group(BLUE), &both, DEFAULTS), "stop");
    let mut unknown = after_the_shift();
    unknown.revisions.clear();
    assert_eq!(decided(&group(BLUE), &unknown, DEFAULTS), "stop");
    assert_eq!(
        left_alone(&group(BLUE), &after_the_shift()),
        "Alarm \"web-5xx\" watches \"targetgroup/blue/0123456789abcdef\", which only the earlier revision serves, but \
         revision 0042 of prod/web is being deployed."
    );
}

#[test]
fn row_14_leaves_alone_a_deployment_whose_tasks_stop_only_for_lack_of_capacity() {
    let impaired =
        Signal { source: Source::Ecs, kind: Kind::Trouble, name: "SERVICE_TASK_START_IMPAIRED".to_owned(), ..alarm() };
    let misconfigured = Signal { name: "SERVICE_TASK_CONFIGURATION_FAILURE".to_owned(), ..impaired.clone() };
    let stop = |(code, reason): &(&str, &str)| Stop { code: Some((*code).to_owned()), reason: (*reason).to_owned() };
    let decided = |signal: &Signal, stops: &[(&str, &str)]| {
        let stops = Some(stops.iter().map(stop).collect());
        decided_by(signal, &observed(), &Evidence { stops, ..Evidence::of(signal) }, DEFAULTS)
    };
    let no_capacity = ("TaskFailedToStart", "Capacity is unavailable at this time. Please try again later.");
    let no_memory = ("TaskFailedToStart", "RESOURCE:MEMORY");
    let spot = ("SpotInterruption", "Your Spot Task was interrupted.");
    let unhealthy_host = ("InfrastructureHealth", "");
    let crashed = ("EssentialContainerExited", "Essential container in task exited");
    let denied =
        ("TaskFailedToStart", "CannotPullContainerError: not authorized on resource: arn:aws:ecr:eu-west-1:1:r");
    assert_eq!(decided(&impaired, &[no_capacity, no_memory, spot, unhealthy_host]), "no-capacity");
    assert_eq!(decided(&impaired, &[no_capacity, crashed]), "stop");
    assert_eq!(decided(&impaired, &[denied]), "stop");
    assert_eq!(decided(&impaired, &[]), "stop");
    assert_eq!(decided(&misconfigured, &[no_capacity]), "stop");
    assert_eq!(decided(&alarm(), &[no_capacity]), "stop");
}
