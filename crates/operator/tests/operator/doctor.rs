//! `doctor`.

use operator::End;
use serde_json::Value;

use crate::cloud::{Cloud, TOPIC};

async fn check(cloud: &Cloud, part: &str) -> Vec<Value> {
    let health = cloud.json(&["doctor"]).await;
    let checks = health["checks"].as_array().expect("checks").iter();
    checks.filter(|check| check["part"] == part).cloned().collect()
}

async fn results(cloud: &Cloud, part: &str) -> Vec<String> {
    check(cloud, part).await.iter().map(|check| check["result"].as_str().expect("a result").to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_sound_installation_has_no_problem() {
    let address = format!("https://example.org/v{}", ecs_auto_rollback::VERSION);
    let cloud = Cloud::installed(&[
        ("ROLLBACK_DOCUMENTATION_URL", address.as_str()),
        ("ROLLBACK_NOTICE_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:on-call"),
    ]);
    let shown = cloud.run(&["doctor"]).await.expect("an answer");
    assert_eq!(shown.end, End::Fine, "{}", shown.text);
    assert!(shown.text.contains("problems 0, unknown 0"), "{}", shown.text);
    for part in
        ["permission for alarms", "queue mapping", "rule", "topic of signals", "on-failure queue", "topic of notices"]
    {
        assert_eq!(results(&cloud, part).await, ["ok"], "{part}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_problem_has_the_line_that_fixes_it() {
    type Break = fn(&Cloud);
    let breaks: [(&str, Break, &str); 6] = [
        (
            "permission for alarms",
            |cloud| cloud.refuse("lambda:GetPolicy", "ResourceNotFoundException"),
            "add-permission",
        ),
        ("queue mapping", |cloud| cloud.mapping("Disabled"), "update-event-source-mapping --uuid 0f-1 --enabled"),
        (
            "rule",
            |cloud| cloud.answer("events:DescribeRule", &serde_json::json!({"Name": "alarms", "State": "DISABLED"})),
            "enable-rule --name alarms",
        ),
        ("topic of signals", |cloud| cloud.subscription("PendingConfirmation"), "aws sns subscribe"),
        ("on-failure queue", |cloud| cloud.queues_hold(3), "start-message-move-task"),
        (
            "on-failure queue",
            |cloud| cloud.refuse("lambda:GetFunctionEventInvokeConfig", "ResourceNotFoundException"),
            "deploy the stack again",
        ),
    ];
    for (part, break_it, fix) in breaks {
        let cloud = Cloud::installed(&[]);
        break_it(&cloud);
        let problems: Vec<Value> =
            check(&cloud, part).await.into_iter().filter(|check| check["result"] == "problem").collect();
        assert_eq!(problems.len(), 1, "{part}");
        assert!(problems[0]["fix"].as_str().expect("a fix").contains(fix), "{problems:?}");
        assert_eq!(cloud.run(&["doctor"]).await.expect("an answer").end, End::Short, "{part}");
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_settings_are_a_problem_and_not_the_end() {
    let cloud = Cloud::installed(&[("ROLLBACK_MODE", "on"), ("ROLLBACK_LIMIT", "many")]);
    let found = check(&cloud, "settings").await;
    assert_eq!(found[0]["result"], "problem");
    let finding = found[0]["finding"].as_str().expect("a finding");
    assert!(finding.contains("ROLLBACK_MODE") && finding.contains("ROLLBACK_LIMIT"), "{finding}");
    assert_eq!(cloud.run(&["doctor", "--function", "ecs-auto-rollback"]).await.expect("an answer").end, End::Short);
}

#[tokio::test(start_paused = true)]
async fn the_topic_of_signals_must_not_carry_notices() {
    let cloud = Cloud::installed(&[("ROLLBACK_NOTICE_TOPIC_ARN", TOPIC)]);
    assert!(results(&cloud, "topic of notices").await.contains(&"problem".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_denied_call_leaves_its_check_unknown_and_the_others_as_they_are() {
    let cloud = Cloud::installed(&[]);
    cloud.refuse("lambda:ListEventSourceMappings", "AccessDeniedException");
    let found = check(&cloud, "queue mapping").await;
    assert_eq!(found[0]["result"], "unknown");
    assert!(found[0]["finding"].as_str().expect("a finding").contains("lambda:ListEventSourceMappings"));
    assert_eq!(results(&cloud, "permission for alarms").await, ["ok"]);
}

#[tokio::test(start_paused = true)]
async fn a_role_elsewhere_is_assumed_with_its_external_id() {
    let variables = [
        ("ROLLBACK_ACCOUNTS", "444455556666"),
        ("ROLLBACK_SPOKE_ROLE_NAME", "spoke"),
        ("ROLLBACK_EXTERNAL_IDS", "shop"),
    ];
    let cloud = Cloud::installed(&variables);
    assert_eq!(results(&cloud, "role in another account").await, ["unknown"], "refused to these credentials");
    cloud.aws().sts.trust("arn:aws:iam::444455556666:role/spoke", Some("shop"));
    assert_eq!(results(&cloud, "role in another account").await, ["ok"]);
}

#[tokio::test(start_paused = true)]
async fn a_function_that_does_not_exist_is_the_one_problem() {
    let cloud = Cloud::installed(&[]);
    cloud.refuse("lambda:GetFunctionConfiguration", "ResourceNotFoundException");
    let shown = cloud.run_on(60, &["doctor", "--function", "other"]).await.expect("an answer");
    assert_eq!(shown.end, End::Short);
    assert!(shown.text.contains("there is no function other"), "{}", shown.text);
    assert!(shown.text.lines().all(|line| line.chars().count() <= 60), "{}", shown.text);
}
