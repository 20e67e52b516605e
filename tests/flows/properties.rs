//! What must hold for any input, any world and any order.

use std::{collections::BTreeMap, time::Duration};

use jiff::SignedDuration;
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::Value;
use signals::{Alarm, EcsEvent, Message, at, sns, sqs};
use simulator::{DeploymentSeed, Operation, ServiceSeed, Status};

use crate::support::{World, alarm, alarm_event_on, alarm_on, in_flight, request, web};

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(future)
}

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        select(vec![
            "Records",
            "Sns",
            "Message",
            "eventSource",
            "EventSource",
            "body",
            "messageId",
            "source",
            "detail-type",
            "detail",
            "alarmData",
            "alarmArn",
            "NewStateValue",
            "AlarmName",
            "cluster",
            "service",
            "serviceDeploymentArn",
            "resources",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec![
            "aws:sqs",
            "aws:sns",
            "aws.ecs",
            "aws.cloudwatch",
            "ALARM",
            "prod",
            "web",
            "2026-06-01T11:55:00Z",
            "{}"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key.clone(), inner), 0..8).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Events of every kind that, as they are, roll back `prod/web`.
fn sound_events() -> Vec<Value> {
    let event = alarm_event_on("prod/web");
    vec![
        alarm(),
        event.clone(),
        sns([&event]),
        sqs([Message::from(&event), Message::enveloped(&event)]),
        EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_FAILED", "ecs-svc/42").as_json(),
        EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").as_json(),
        request(),
    ]
}

/// The places of all values within `value`.
fn places(value: &Value, place: &str, found: &mut Vec<String>) {
    found.push(place.to_owned());
    let mut within = |key: &str, value: &Value| {
        places(value, &format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), found);
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| within(&index.to_string(), item)),
        Value::Object(map) => map.iter().for_each(|(key, value)| within(key, value)),
        _ => {}
    }
}

/// A sound event with a few places changed to something else.
fn bent_event() -> impl Strategy<Value = Value> {
    let changes = vec((any::<prop::sample::Index>(), any_json()), 0..4);
    (select(sound_events()), changes).prop_map(|(mut event, changes)| {
        for (index, value) in changes {
            let mut found = Vec::new();
            places(&event, "", &mut found);
            let place = index.get(&found).clone();
            if let Some(spot) = event.pointer_mut(&place) {
                *spot = value;
            }
        }
        event
    })
}

fn web_of_revision_42() -> ServiceSeed {
    ServiceSeed::new("prod/web").deployed("app:41").with(DeploymentSeed::of("app:42").revision("42"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_answered_without_a_panic_and_without_a_stop(event in any_json()) {
        run(async {
            let world = World::new();
            world.plant(web_of_revision_42());
            let _answer = world.invoke(&event).await;
            // Nothing that is made at random names the service, unless it is a whole request.
            let is_request = event["cluster"] == "prod" && event["service"] == "web";
            prop_assert!(is_request || world.rollbacks() == 0);
            Ok(())
        })?;
    }

    #[test]
    fn a_bent_event_stops_at_most_the_one_service_that_it_still_names(event in bent_event()) {
        run(async {
            let world = World::new();
            world.plant(web_of_revision_42());
            let bystander = world.plant(in_flight("prod/cart")).deployment().to_owned();
            let response = world.invoke(&event).await;
            prop_assert_eq!(world.aws().ecs.status(&bystander), Some(Status::InProgress));
            if world.rollbacks() > 0 {
                let text = event.to_string();
                prop_assert!(text.contains("prod") && text.contains("web"), "{}", text);
                let said = match response {
                    Ok(response) => response.get("batchItemFailures").is_some() || response.to_string().contains("rolled-back"),
                    // Another record of the same batch is broken.
                    Err(_) => true,
                };
                prop_assert!(said, "a stop that the response does not tell");
            }
            Ok(())
        })?;
    }
}

/// A world and an alarm, as they may be.
#[derive(Debug, Clone)]
struct Incident {
    is_over: bool,
    began_after: i64,
    evidence_after: Option<i64>,
    status: &'static str,
    first: bool,
    tag: Option<&'static str>,
    mode: &'static str,
    opt_in: &'static str,
    service_status: &'static str,
}

impl Incident {
    /// Row 16, said once more and in another way.
    fn is_to_be_rolled_back(&self) -> bool {
        !self.is_over
            && self.began_after >= 0
            && self.evidence_after.is_none_or(|after| self.shows_trouble(after))
            // One that is PENDING has not begun, so nothing can have come of it.
            && self.status == "IN_PROGRESS"
            && !self.first
            && self.service_status == "ACTIVE"
            && self.mode != "off"
            && match self.tag {
                Some(tag) => tag == "enforce",
                None => self.mode == "enforce" && self.opt_in == "all",
            }
    }

    /// A tenth or more of the minute that ended then, or when the alarm went off if that was earlier, is the deployment's.
    fn shows_trouble(&self, minute_ended_after: i64) -> bool {
        let start = minute_ended_after - 60;
        let end = minute_ended_after.min(self.began_after).max(start);
        end > 0 && 10 * end >= end - start
    }

    fn seed(&self) -> ServiceSeed {
        let status = match self.status {
            "PENDING" => Status::Pending,
            "IN_PROGRESS" => Status::InProgress,
            "STOP_REQUESTED" => Status::StopRequested,
            "ROLLBACK_REQUESTED" => Status::RollbackRequested,
            "ROLLBACK_IN_PROGRESS" => Status::RollbackInProgress,
            "SUCCESSFUL" => Status::Successful,
            other => Status::Other(other.to_owned()),
        };
        let mut deployment =
            DeploymentSeed::of("app:42").status(status).created(at("11:50:00")).started(at("11:50:00"));
        if self.first {
            deployment = deployment.sources(&[]);
        }
        let seed = ServiceSeed::new("prod/web").deployed("app:41").status(self.service_status).with(deployment);
        match self.tag {
            Some(tag) => seed.tag("auto-rollback", tag),
            None => seed,
        }
    }

    fn event(&self) -> Value {
        let after = |seconds| at("11:50:00") + SignedDuration::from_secs(seconds);
        let alarm = Alarm::on("prod/web").since(after(self.began_after));
        let alarm = match self.evidence_after {
            Some(end) => alarm.datapoints([(after(end - 60), 9.0)]),
            None => alarm.without_data(),
        };
        let alarm = if self.is_over { alarm.recovered(at("11:56:00")) } else { alarm };
        alarm.as_action()
    }
}

fn incident() -> impl Strategy<Value = Incident> {
    let alarm = (prop::bool::weighted(0.25), -90..300_i64, option::of(-90..300_i64));
    let statuses = vec![
        "PENDING",
        "IN_PROGRESS",
        "IN_PROGRESS",
        "IN_PROGRESS",
        "STOP_REQUESTED",
        "ROLLBACK_REQUESTED",
        "ROLLBACK_IN_PROGRESS",
        "SUCCESSFUL",
        "STOP_IN_PROGRESS",
    ];
    let service =
        (select(statuses), prop::bool::weighted(0.1), select(vec!["ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "INACTIVE"]));
    let tags = vec![None, None, None, Some("enforce"), Some("observe"), Some("off"), Some("yes")];
    let policy = (
        select(tags),
        select(vec!["enforce", "enforce", "enforce", "observe", "off"]),
        select(vec!["all", "all", "tagged"]),
    );
    (alarm, service, policy).prop_map(
        |((is_over, began_after, evidence_after), (status, first, service_status), (tag, mode, opt_in))| Incident {
            is_over,
            began_after,
            evidence_after,
            status,
            first,
            tag,
            mode,
            opt_in,
            service_status,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_deployment_is_stopped_if_and_only_if_row_16_is_reached(incident in incident()) {
        run(async {
            let world = World::with(&[("ROLLBACK_MODE", incident.mode), ("ROLLBACK_OPT_IN", incident.opt_in)]);
            world.plant(incident.seed());
            let outcome = world.outcome(&incident.event()).await;
            prop_assert_eq!(world.rollbacks() == 1, incident.is_to_be_rolled_back(), "{}", outcome);
            prop_assert_eq!(world.count(Operation::StopServiceDeployment), world.rollbacks());
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_any_order_and_repetition_each_deployment_is_stopped_once(
        steps in vec((any::<prop::sample::Index>(), 0..4_000_u64), 1..12),
    ) {
        run(async {
            let world = World::new();
            world.plant(web());
            world.plant(in_flight("prod/cart"));
            let (of_web, of_cart) = (alarm_event_on("prod/web"), alarm_event_on("prod/cart"));
            let events = [
                alarm(),
                alarm_on("prod/cart"),
                of_web.clone(),
                sns([&of_web, &of_cart, &of_web]),
                sqs([Message::from(&of_cart), Message::from(&of_cart), Message::enveloped(&of_web)]),
                EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").as_json(),
                request(),
            ];
            for (index, pause) in steps {
                world.invoke(index.get(&events)).await.expect("a response");
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            let mut stops: BTreeMap<String, usize> = BTreeMap::new();
            for call in world.aws().calls().iter().filter(|call| call.accepted) {
                *stops.entry(call.body["serviceDeploymentArn"].to_string()).or_default() += 1;
            }
            prop_assert!(!stops.is_empty() && stops.values().all(|count| *count == 1), "{:?}", stops);
            Ok(())
        })?;
    }
}
