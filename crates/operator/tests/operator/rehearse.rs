//! `rehearse`.

use operator::End;
use simulator::{Operation, ServiceSeed};

use crate::cloud::Cloud;

#[tokio::test(start_paused = true)]
async fn a_rehearsal_shows_the_verdict_and_the_notice_and_stops_nothing() {
    let cloud = Cloud::installed(&[]);
    let shown = cloud.run(&["rehearse", "prod/web", "--set", "ROLLBACK_MODE=enforce"]).await.expect("an answer");
    assert_eq!(shown.end, End::Fine);
    for part in ["would-roll-back · observe-mode", "The function would do it", "Subject:", "app:42"] {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
    assert_eq!(cloud.aws().calls_of(Operation::StopServiceDeployment).count(), 0);
    assert_eq!(cloud.aws().calls_of(Operation::Publish).count(), 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_deployment_in_flight_a_rehearsal_says_what_to_do() {
    let cloud = Cloud::new();
    cloud.aws().ecs.plant(ServiceSeed::new("prod/web").deployed("app:41"));
    let shown = cloud.run(&["rehearse", "prod/web"]).await.expect("an answer");
    assert_eq!(shown.end, End::Short);
    assert!(shown.text.contains("no deployment in flight"), "{}", shown.text);
    assert!(shown.text.contains("--force-new-deployment"), "{}", shown.text);
}

#[tokio::test(start_paused = true)]
async fn a_held_service_is_left_alone_in_a_rehearsal() {
    let cloud = Cloud::new();
    let seed = ServiceSeed::new("prod/web").deployed("app:41").deploying("app:42");
    cloud.aws().ecs.plant(seed.tag("auto-rollback", "off"));
    let rehearsed = cloud.json(&["rehearse", "prod/web"]).await;
    assert_eq!(rehearsed["verdicts"][0]["reason"], "held");
    assert_eq!(rehearsed["verdicts"][0]["acts"], false);
}
