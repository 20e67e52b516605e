//! The request of a person, or of a tool on a person's behalf.

use jiff::Timestamp;
use serde_json::Value;

use super::Unrecognized;
use crate::{
    signal::{About, Clues, Kind, Named, Signal, Source},
    text::shown,
};

const DEPLOYMENT: &str = "serviceDeploymentArn";

/// Recognizes a request by any of the fields that name its service.
pub(super) fn is_one(event: &Value) -> bool {
    ["cluster", "service", DEPLOYMENT].iter().any(|field| event.get(field).is_some())
}

/// Reads a request, with the time at which it was first made if that is known. It must have exactly the fields of a request,
/// because another kind of object that also names a cluster and a service must not stop anything.
pub(super) fn parse(event: &Value, sent: Option<Timestamp>) -> Result<Signal, Unrecognized> {
    let fields: &[&str] =
        if event.get(DEPLOYMENT).is_some() { &[DEPLOYMENT, "reason"] } else { &["cluster", "service", "reason"] };
    let mut keys = event.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    if let Some(other) = keys.find(|key| !fields.contains(key)) {
        let problem = format!("a request with the field {}, which it cannot have", shown(other, 64));
        return Err(Unrecognized::new(problem, event));
    }
    let text = |field: &str| {
        let text = event.get(field).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let problem = || format!("a request whose {field} is missing, empty or of a wrong kind");
        text.map(str::to_owned).ok_or_else(|| Unrecognized::new(problem(), event))
    };
    let (about, named) = if fields.contains(&DEPLOYMENT) {
        let arn = text(DEPLOYMENT)?;
        (Some(About::ServiceDeployment(arn.clone())), vec![Named::ServiceDeployment(arn)])
    } else {
        (None, vec![Named::Cluster(text("cluster")?), Named::Service(text("service")?)])
    };
    Ok(Signal {
        source: Source::Manual,
        name: text("reason")?,
        kind: Kind::Request,
        sent,
        began: None,
        run: None,
        explanation: None,
        threshold: None,
        about,
        clues: Clues { named, from_home: true, ..Clues::default() },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use signals::{EcsEvent, Message, Notification, at, on_failure, request, request_for_deployment, sns, sqs};

    use crate::event::parse;

    use super::*;

    fn order() -> Value {
        request("prod/web", "checkout is broken")
    }

    fn in_queue(body: &Value) -> Value {
        sqs([Message::from(body).sent(at("12:00:00"))])
    }

    fn in_topic(message: &Value) -> Value {
        sns([Notification::of(message).published(at("12:00:00"))])
    }

    fn returned(payload: &Value) -> Value {
        on_failure(payload, at("11:00:00"))
    }

    /// The signal of the only record, or the problem.
    fn read(event: &Value) -> Result<Signal, String> {
        let mut batch = parse(event).map_err(|error| error.to_string())?;
        batch.records.remove(0).signal.map_err(|error| error.to_string())
    }

    #[test]
    fn a_request_has_exactly_its_fields_and_a_reason() {
        let by_arn = request_for_deployment("arn:d", "change 4711 is withdrawn");
        assert_eq!(
            read(&order()).map(|signal| (signal.name, signal.about)),
            Ok(("checkout is broken".to_owned(), None))
        );
        let about = Some(About::ServiceDeployment("arn:d".to_owned()));
        assert_eq!(read(&by_arn).map(|signal| signal.about), Ok(about));
        for (event, problem) in [
            (json!({"cluster": "prod", "service": "web"}), "whose reason is missing"),
            (json!({"cluster": "prod", "service": "web", "reason": " "}), "whose reason is missing, empty"),
            (json!({"cluster": "prod", "service": "web", "reason": 5}), "whose reason is"),
            (json!({"service": "web", "reason": "x"}), "whose cluster is missing"),
            (json!({"cluster": "prod", "reason": "x"}), "whose service is missing"),
            (json!({"serviceDeploymentArn": null, "reason": "x"}), "whose serviceDeploymentArn is"),
            (json!({"status": "resolved", "cluster": "prod", "service": "web", "reason": "x"}), "the field \"status\""),
            (
                json!({"serviceDeploymentArn": "arn:d", "service": "web", "reason": "x"}),
                "the field \"service\", which it cannot have",
            ),
        ] {
            assert!(read(&event).is_err_and(|error| error.contains(problem)), "{event}: {:?}", read(&event));
        }
    }

    #[test]
    fn a_message_of_a_queue_or_topic_is_never_a_request() {
        let notification = Notification::of(order()).as_json();
        let through_both = in_topic(&returned(&order()));
        for event in [in_queue(&order()), in_topic(&order()), in_queue(&notification), through_both] {
            let error = read(&event).expect_err("no request");
            assert!(error.contains("only a direct invocation can make one"), "{error}");
        }
    }

    #[test]
    fn a_redriven_request_is_dated_by_its_on_failure_record() {
        let failed = "2026-06-01T11:00:00Z".parse().ok();
        assert_eq!(read(&order()).map(|signal| signal.sent), Ok(None));
        assert_eq!(read(&returned(&order())).map(|signal| signal.sent), Ok(failed));
        assert_eq!(read(&in_queue(&returned(&order()))).map(|signal| signal.sent), Ok(failed));
        let mut undated = returned(&order());
        undated["timestamp"] = json!("lately");
        assert!(read(&undated).is_err_and(|error| error.contains("without a timestamp")));
    }

    #[test]
    fn an_event_without_a_date_takes_that_of_its_envelope() {
        let dated = EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").at(at("10:00:00")).as_json();
        let mut impaired = dated.clone();
        impaired.as_object_mut().expect("an event").remove("time");
        let sent = |event: &Value| read(event).map(|signal| signal.sent.map(|sent| sent.to_string()));
        assert_eq!(sent(&impaired), Ok(None));
        for (event, date) in [
            (in_queue(&impaired), "2026-06-01T12:00:00Z"),
            (in_topic(&impaired), "2026-06-01T12:00:00Z"),
            (returned(&impaired), "2026-06-01T11:00:00Z"),
            (in_queue(&returned(&impaired)), "2026-06-01T11:00:00Z"),
        ] {
            assert_eq!(sent(&event), Ok(Some(date.to_owned())), "{event}");
        }
        assert_eq!(sent(&in_queue(&dated)), Ok(Some("2026-06-01T10:00:00Z".to_owned())));
    }
}
