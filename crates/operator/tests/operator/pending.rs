//! `pending`.

use operator::End;
use simulator::{DeploymentSeed, Fault, Operation, ServiceSeed, Status};

use crate::cloud::Cloud;

/// A service that runs `app:41` since the deployment of `app:42` was rolled back.
fn rolled_back(service: &str) -> ServiceSeed {
    let bad = DeploymentSeed::of("app:42").status(Status::RollbackSuccessful);
    ServiceSeed::new(service).deployed("app:41").with(bad)
}

#[tokio::test(start_paused = true)]
async fn a_service_waits_while_the_bad_task_definition_is_the_newest() {
    let cloud = Cloud::new();
    cloud.aws().ecs.plant(rolled_back("prod/web"));
    cloud.aws().ecs.plant(ServiceSeed::new("prod/cart").deployed("cart:7"));
    let found = cloud.json(&["pending"]).await;
    assert_eq!(found["services"], 2);
    let pending = found["pending"].as_array().expect("a list");
    assert_eq!(pending.len(), 1, "{found}");
    assert_eq!(pending[0]["service"], "prod/web");
    assert_eq!((&pending[0]["bad"], &pending[0]["runs"]), (&"app:42".into(), &"app:41".into()));
    assert_eq!(pending[0]["byNewest"], true);
    assert_eq!(cloud.run(&["pending"]).await.expect("an answer").end, End::Fine);
    assert_eq!(cloud.run(&["pending", "--fail"]).await.expect("an answer").end, End::Short);
}

#[tokio::test(start_paused = true)]
async fn a_service_with_a_newer_task_definition_does_not_wait() {
    let cloud = Cloud::new();
    cloud.aws().ecs.plant(rolled_back("prod/web"));
    cloud.aws().ecs.plant(ServiceSeed::new("prod/next").deployed("app:43"));
    let shown = cloud.run(&["pending", "--service", "prod/web", "--fail"]).await.expect("an answer");
    assert_eq!(shown.end, End::Fine);
    assert!(shown.text.starts_with("0 of 1 services"), "{}", shown.text);
}

#[tokio::test(start_paused = true)]
async fn a_denied_call_is_named_and_the_rest_goes_on() {
    let cloud = Cloud::new();
    cloud.aws().ecs.plant(rolled_back("prod/web"));
    cloud.aws().inject(Fault::exception("AccessDeniedException", "no").on(Operation::DescribeTaskDefinition));
    let shown = cloud.run_on(60, &["pending"]).await.expect("an answer");
    assert!(shown.text.replace('\n', " ").contains("ecs:DescribeTaskDefinition"), "{}", shown.text);
    assert!(shown.text.lines().all(|line| line.chars().count() <= 60), "{}", shown.text);
}
