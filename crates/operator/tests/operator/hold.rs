//! `hold` and `release`.

use operator::End;
use simulator::{Fault, Operation, ServiceSeed};

use crate::cloud::Cloud;

fn tagged(value: &str) -> Cloud {
    let cloud = Cloud::new();
    let seed = ServiceSeed::new("prod/web").deployed("app:41").deploying("app:42");
    cloud.aws().ecs.plant(seed.tag("auto-rollback", value));
    cloud
}

async fn verdict(cloud: &Cloud) -> String {
    let explained = cloud.json(&["explain", "--service", "prod/web"]).await;
    explained["verdicts"][0]["reason"].as_str().expect("a reason").to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_function_honours_a_hold_until_it_is_released() {
    let cloud = Cloud::installed(&[]);
    assert_eq!(verdict(&cloud).await, "observe-mode");
    let held = cloud.run(&["hold", "prod/web", "--for", "2h", "--reason", "load test", "--yes"]).await.expect("a hold");
    assert_eq!(
        held.text,
        "prod/web: tag auto-rollback\n  old: no tag\n  new: off until=2026-06-01T14:00:00Z reason=load test\n\
         The function leaves prod/web alone until 2026-06-01T14:00:00Z, and then as before.\n"
    );
    assert_eq!(verdict(&cloud).await, "held");
    let released = cloud.run(&["release", "prod/web", "--yes"]).await.expect("a release");
    assert!(released.text.contains("new: no tag"), "{}", released.text);
    assert_eq!(verdict(&cloud).await, "observe-mode");
    assert_eq!(cloud.aws().calls_of(Operation::UntagResource).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hold_keeps_the_mode_of_before_and_release_brings_it_back() {
    let cloud = tagged("enforce");
    for _ in 0..2 {
        let held = cloud.json(&["hold", "prod/web", "--for", "90m", "--reason", "test", "--yes"]).await;
        assert_eq!(held["after"], "off until=2026-06-01T13:30:00Z then=enforce reason=test");
        assert_eq!(held["written"], true);
    }
    let released = cloud.json(&["release", "prod/web", "--yes"]).await;
    assert_eq!(released["after"], "enforce");
    let again = cloud.run(&["release", "prod/web", "--yes"]).await.expect_err("nothing to release");
    assert_eq!(again.sentence(), "prod/web is not held: its tag auto-rollback is enforce");
}

#[tokio::test(start_paused = true)]
async fn a_hold_without_an_end_says_so() {
    let held = tagged("observe").run(&["hold", "prod/web", "--reason", "test", "--yes"]).await.expect("a hold");
    assert!(held.text.contains("new: off then=observe reason=test\n"), "{}", held.text);
    assert!(held.text.contains("without an end, until it is released"), "{}", held.text);
    assert_eq!(held.end, End::Fine);
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_cannot_be_read_is_shown_and_replaced_by_none() {
    let cloud = tagged("nonsense\u{1b}[2J");
    let released = cloud.run(&["release", "prod/web", "--yes"]).await.expect("a release");
    assert!(released.text.contains("old: nonsense\u{fffd}[2J"), "{}", released.text);
    assert_eq!(verdict(&cloud).await, "observe-mode");
}

#[tokio::test(start_paused = true)]
async fn a_denied_tag_call_is_named() {
    let cloud = tagged("enforce");
    let denied = Fault::exception("AccessDeniedException", "no");
    cloud.aws().inject(denied.on(Operation::TagResource));
    let failure = cloud.run(&["hold", "prod/web", "--reason", "test", "--yes"]).await.expect_err("a refusal");
    let sentence = failure.sentence();
    assert!(sentence.starts_with("could not tag prod/web: ") && sentence.contains("ecs:TagResource"), "{sentence}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_gone_cannot_be_held() {
    let failure = Cloud::new().run(&["hold", "prod/web", "--reason", "test", "--yes"]).await.expect_err("no service");
    assert_eq!(failure.sentence(), "prod/web does not exist in account 123456789012, Region us-east-1");
}
