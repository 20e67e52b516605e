//! The accounts and Regions that a signal may come from and lead to, and events that contradict themselves.

use serde_json::{Value, json};
use signals::{ACCOUNT, Alarm, EcsEvent, Metric, Notification, REGION, at, sns, sqs};

use crate::support::{World, alarm, outcome, web};

const OTHER: &str = "444455556666";

async fn decided(variables: &[(&str, &str)], event: &Value) -> String {
    let world = World::with(variables);
    world.plant(web());
    let entry = world.entry(event).await;
    outcome(&entry)
}

fn with(mut event: Value, pointer: &str, value: &str) -> Value {
    *event.pointer_mut(pointer).expect("a field of the event") = json!(value);
    event
}

#[tokio::test(start_paused = true)]
async fn an_event_that_contradicts_itself_about_its_account_or_region_is_ambiguous() {
    let action = alarm();
    let event = Alarm::on("prod/web").as_event();
    let impaired = EcsEvent::service_action("prod/web", "SERVICE_TASK_START_IMPAIRED").as_json();
    for event in [
        with(action.clone(), "/accountId", OTHER),
        with(action, "/region", "eu-west-1"),
        with(event.clone(), "/account", OTHER),
        with(event, "/region", "eu-west-1"),
        with(impaired, "/account", OTHER),
    ] {
        assert_eq!(decided(&[], &event).await, "skipped · ambiguous", "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_with_a_malformed_account_or_region_is_unmapped() {
    let bare = |account: &str, region: &str| {
        let mut event = with(with(alarm(), "/accountId", account), "/region", region);
        event.as_object_mut().expect("an event").remove("alarmArn");
        event
    };
    assert_eq!(decided(&[], &bare(ACCOUNT, REGION)).await, "rolled-back · stop-requested");
    assert_eq!(decided(&[], &bare("12345678901", REGION)).await, "skipped · unmapped");
    assert_eq!(decided(&[], &bare(ACCOUNT, "Ireland")).await, "skipped · unmapped");
}

/// An alarm by SNS without its ARN, from a topic in this account and Region.
fn without_arn(account: &str, region: &str, name: &str) -> Value {
    let mut message = Alarm::on("prod/web").as_message();
    let fields = message.as_object_mut().expect("a message");
    fields.remove("AlarmArn");
    fields.insert("AWSAccountId".to_owned(), json!(account));
    fields.insert("Region".to_owned(), json!(name));
    let mut event = sns([Notification::of(message).published(at("11:55:01"))]);
    event["Records"][0]["Sns"]["TopicArn"] = json!(format!("arn:aws:sns:{region}:{account}:alarms"));
    event
}

#[tokio::test(start_paused = true)]
async fn an_sns_alarm_without_an_arn_belongs_to_its_topics_account_and_region() {
    assert_eq!(
        decided(&[], &without_arn(ACCOUNT, REGION, "US East (N. Virginia)")).await,
        "rolled-back · stop-requested"
    );
    assert_eq!(decided(&[], &without_arn(ACCOUNT, "eu-west-1", "EU (Ireland)")).await, "skipped · foreign-account");
    assert_eq!(decided(&[], &without_arn(OTHER, REGION, "US East (N. Virginia)")).await, "skipped · foreign-account");
    assert_eq!(decided(&[], &without_arn(ACCOUNT, REGION, "EU (Ireland)")).await, "skipped · ambiguous");
    let mut other_topic = without_arn(ACCOUNT, REGION, "US East (N. Virginia)");
    other_topic["Records"][0]["Sns"]["TopicArn"] = json!(format!("arn:aws:sns:{REGION}:{OTHER}:alarms"));
    assert_eq!(decided(&[], &other_topic).await, "skipped · ambiguous");
}

#[tokio::test(start_paused = true)]
async fn a_raw_delivery_without_an_arn_belongs_to_the_region_that_it_names_or_to_none() {
    let raw = |name: &str| {
        let mut message = Alarm::on("prod/web").as_message();
        let fields = message.as_object_mut().expect("a message");
        fields.remove("AlarmArn");
        fields.insert("Region".to_owned(), json!(name));
        message
    };
    let world = World::new();
    world.plant(web());
    world.invoke(&sqs([raw("Somewhere")])).await.expect("a response");
    world.invoke(&sqs([raw("EU (Ireland)")])).await.expect("a response");
    assert_eq!(world.rollbacks(), 0);
    world.invoke(&sqs([raw("US East (N. Virginia)")])).await.expect("a response");
    assert_eq!(world.rollbacks(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_signal_of_another_account_leads_to_home_services_only_from_a_monitoring_account() {
    let there = |alarm: Alarm| alarm.in_account(OTHER).as_action();
    let query = Metric::new("Shop", "Errors").service("prod/web").in_account(ACCOUNT);
    let arn = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:service/prod/web");
    for event in [there(Alarm::of(query)), there(Alarm::of(Metric::new("Shop", "Errors")).tagged_with_services(&arn))] {
        assert_eq!(decided(&[], &event).await, "skipped · foreign-account");
        assert_eq!(decided(&[("ROLLBACK_ACCOUNTS", OTHER)], &event).await, "skipped · foreign-account");
        let monitoring = [("ROLLBACK_MONITORING_ACCOUNTS", OTHER)];
        assert_eq!(decided(&monitoring, &event).await, "rolled-back · stop-requested");
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_of_another_region_leads_home_only_by_a_full_arn_in_its_tag() {
    let arn = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:service/prod/web");
    let cdn =
        Alarm::of(Metric::new("AWS/CloudFront", "5xxErrorRate")).in_region("eu-west-1").tagged_with_services(&arn);
    assert_eq!(decided(&[], &cdn.as_action()).await, "rolled-back · stop-requested");
    let names = Alarm::of(Metric::new("AWS/CloudFront", "5xxErrorRate")).in_region("eu-west-1");
    assert_eq!(decided(&[], &names.tagged_with_services("prod/web").as_action()).await, "skipped · foreign-account");
}

#[tokio::test(start_paused = true)]
async fn a_pattern_of_services_may_name_an_account() {
    let services = |patterns: &'static str| [("ROLLBACK_SERVICES", patterns)];
    assert_eq!(decided(&services("123456789012:prod/*"), &alarm()).await, "rolled-back · stop-requested");
    assert_eq!(decided(&services("444455556666:prod/*"), &alarm()).await, "skipped · not-allowed");
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_leads_to_more_than_the_allowed_number_of_services_is_ambiguous() {
    let names: Vec<String> = (0..11).map(|number| format!("prod/s{number}")).collect();
    let tagged = |count: usize| {
        Alarm::of(Metric::new("Shop", "Errors")).tagged_with_services(&names[..count].join(" ")).as_action()
    };
    let world = World::new();
    assert_eq!(world.entries(&tagged(10)).await.len(), 10);
    assert_eq!(world.outcome(&tagged(11)).await, "skipped · ambiguous");
    let raised = World::with(&[("ROLLBACK_MAX_SERVICES", "11")]);
    assert_eq!(raised.entries(&tagged(11)).await.len(), 11);
}
