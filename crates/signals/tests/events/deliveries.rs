//! The files of all other deliveries.

use serde_json::{Value, json};
use signals::{Alarm, EcsEvent, Message, Notification, at, on_failure, request, request_for_deployment, sns, sqs};

use crate::{
    Files,
    actions::{any_service, cpu, error_rate, memory, shop_is_down},
};

/// Alarms by EventBridge.
fn events() -> Vec<(&'static str, Value)> {
    let web = cpu("prod/web", "11:55:40.614");
    let scaling = "TargetTracking-service/prod/web-AlarmHigh-2b9f6c1e-8d07-4a53-b1f4-0c5e7a92d368";
    let any = any_service("Memory").since(at("11:55:53.614"));
    vec![
        ("alarm-configuration-change", web_now().as_change_from(&web, at("11:58:00"))),
        ("alarm-contributor", any.contributor_on("prod/profile").as_event()),
        ("alarm-metric", memory("prod/payments", "11:55:52.614").as_event()),
        ("alarm-muted", memory("prod/web", "11:55:54.614").muted_by("planned-work").as_event()),
        ("alarm-scaling", cpu("prod/web", "11:55:55.614").named(scaling).as_event()),
        ("alarm-suppressed", shop_is_down().with_suppressor("maintenance").suppressed_by("WaitPeriod").as_event()),
    ]
}

/// The alarm after its threshold was changed.
fn web_now() -> Alarm {
    cpu("prod/web", "11:55:40.614").above(85.0)
}

/// Alarms by SNS, whose messages have more of the configuration than an action, but no data.
fn notifications() -> Vec<(&'static str, Value)> {
    let is_wrong = |rule: &str, name: &str| {
        Alarm::composite(&format!("ALARM(\"{rule}\") AND NOT ALARM(\"stock-import-running\")")).named(name)
    };
    let stock = is_wrong("stock-mismatch", "stock-is-wrong").since(at("11:55:58.655"));
    let slow = is_wrong("web-cpu-high", "shop-is-slow").since(at("11:55:44.655"));
    let rate = error_rate("prod/pricing").described("").since(at("11:55:57.655")).missing_data("notBreaching");
    let catalog = cpu("prod/catalog", "11:55:56.655").described("CPU of prod/catalog");
    let shipping = Notification::of(memory("prod/shipping", "11:55:59.614").as_event());
    let alarms = [
        (
            "alarm-composite",
            stock.triggered_by("stock-mismatch", at("11:55:54.218")).tagged_with_services("prod/stock"),
        ),
        ("alarm-composite-children", slow.triggered_by("web-cpu-high", at("11:55:40.614"))),
        ("alarm-math", rate),
        ("alarm-metric", catalog),
    ];
    let others = [("eventbridge", sns([shipping.published(at("11:56:00.702"))]))];
    alarms.map(|(name, alarm)| (name, sns([alarm.as_notification()]))).into_iter().chain(others).collect()
}

/// Events of ECS.
fn of_ecs() -> Vec<(&'static str, EcsEvent)> {
    let deployment = |service, name, id, time| EcsEvent::deployment(service, name, id).at(at(time));
    let completed = ("prod/billing", "SERVICE_DEPLOYMENT_COMPLETED", "ecs-svc/1419728674252363831");
    let yesterday = "2026-05-31T09:06:00.417Z".parse().unwrap();
    let failed = "SERVICE_DEPLOYMENT_FAILED";
    let action = |service, name| EcsEvent::service_action(service, name).at(at("11:56:30.905"));
    vec![
        ("deployment-completed", EcsEvent::deployment(completed.0, completed.1, completed.2).at(yesterday)),
        ("deployment-failed", deployment("prod/accounts", failed, "ecs-svc/9973756517102619901", "11:56:20.417")),
        (
            "deployment-failed-other-revision",
            deployment("prod/coupons", failed, "ecs-svc/0192837465564738291", "11:56:20.417"),
        ),
        (
            "deployment-in-progress",
            deployment("prod/web", "SERVICE_DEPLOYMENT_IN_PROGRESS", "ecs-svc/0579284055046435554", "11:50:02.417"),
        ),
        (
            "hook-awaiting-action",
            EcsEvent::hook("prod/recommendations", "HOOK_AWAITING_ACTION", "Ag10Gt29dU5iyk2YNFDjF")
                .at(at("11:54:41.618059641")),
        ),
        ("service-steady-state", action("prod/billing", "SERVICE_STEADY_STATE")),
        ("service-task-configuration-failure", action("prod/images", "SERVICE_TASK_CONFIGURATION_FAILURE")),
        ("service-task-start-impaired", action("prod/sessions", "SERVICE_TASK_START_IMPAIRED")),
        ("task-stopped", EcsEvent::task_stopped("prod/web", "ecs-svc/0579284055046435554").at(at("11:57:07.323"))),
    ]
}

/// A batch of all that a queue may hold: an event, a notification, a raw message, and text.
fn mixed() -> Value {
    let until_noon = |alarm: Alarm| {
        let points = [(at("11:52:00"), 91.4), (at("11:53:00"), 96.8), (at("11:54:00"), 98.2)];
        alarm.datapoints(points)
    };
    let reviews = cpu("prod/reviews", "11:56:01.655").described("CPU of prod/reviews");
    let billing = cpu("prod/billing", "11:56:02.655").named("billing-cpu-very-high").described("CPU of prod/billing");
    sqs([
        Message::from(until_noon(memory("prod/invoices", "11:56:00.614")).as_event()),
        Message::enveloped(until_noon(reviews).as_notification()),
        Message::from(until_noon(billing).as_message()),
        Message::from("Alarm! Somebody please look at prod/web."),
    ])
}

/// Input that only resembles an event.
fn unrecognized() -> [(&'static str, Value); 2] {
    let pipeline = json!({
        "version": "0",
        "id": "5f0c0017-7a1e-4c3b-9d52-e6b8a1f40017",
        "detail-type": "CodePipeline Pipeline Execution State Change",
        "source": "aws.codepipeline",
        "account": "123456789012",
        "time": "2026-06-01T11:56:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:codepipeline:us-east-1:123456789012:shop"],
        "detail": {"pipeline": "shop", "execution-id": "01234567-0123-0123-0123-012345678901", "state": "FAILED", "version": 3},
    });
    let upload = json!({"Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-06-01T11:56:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": "shop-uploads", "arn": "arn:aws:s3:::shop-uploads"},
            "object": {"key": "alarm.json", "size": 1024},
        },
    }]});
    [("unrecognized-eventbridge-source", pipeline), ("unrecognized-s3", upload)]
}

pub(crate) fn built() -> Files {
    let arn = "arn:aws:ecs:us-east-1:123456789012:service-deployment/prod/gateway/QwcTuj-2A2mfBBMngpV2b";
    let mut files = Files::from([
        ("manual-deployment-arn".to_owned(), request_for_deployment(arn, "change 4711 is withdrawn")),
        ("manual-names".to_owned(), request("prod/mail", "customers get mails twice since the deployment")),
        (
            "on-failure-alarm".to_owned(),
            on_failure(&cpu("prod/billing", "11:55:47.614").as_action(), at("11:58:47.020")),
        ),
        ("sqs-mixed".to_owned(), mixed()),
    ]);
    files.extend(events().into_iter().map(|(name, event)| (format!("eventbridge-{name}"), event)));
    files.extend(notifications().into_iter().map(|(name, batch)| (format!("sns-{name}"), batch)));
    files.extend(of_ecs().into_iter().map(|(name, event)| (format!("ecs-{name}"), event.as_json())));
    files.extend(unrecognized().map(|(name, event)| (name.to_owned(), event)));
    files
}
